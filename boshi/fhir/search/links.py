"""What reference and uri parameters find in a node (R4 §3.1.1.4.12, §3.1.1.4.14)."""

from boshi.fhir.path import Node
from boshi.fhir.references import ParsedReference, parse_reference


def reference_values(node: Node, bases: tuple[str, ...]) -> list[str]:
    """The values of a Reference, canonical or uri: with and without version; ours always relative.

    Of a resource (the first one of a Bundle) it is its own key.
    """
    if isinstance(node.value, dict):
        if "resourceType" in node.value:
            return [f"{node.type}/{node.value['id']}"] if isinstance(node.value.get("id"), str) else []
        text = node.value.get("reference")
        return _values(parse_reference(text), bases) if isinstance(text, str) else []
    if not isinstance(node.value, str):
        return []
    if node.type == "canonical":
        return uri_values(node)
    return _values(parse_reference(node.value), bases)


def uri_values(node: Node) -> list[str]:
    """The uri; a canonical also without its `|version` and `#fragment`."""
    if not isinstance(node.value, str):
        return []
    plain = node.value.partition("|")[0].partition("#")[0]
    return [node.value] if node.type != "canonical" or plain == node.value else [plain, node.value]


def reference_identifier(node: Node) -> tuple[str | None, str] | None:
    """(system, value) of the identifier in a Reference, for `:identifier`."""
    identifier = node.value.get("identifier") if isinstance(node.value, dict) else None
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str):
        return None
    system = identifier.get("system")
    return (system if isinstance(system, str) else None), identifier["value"]


def _values(parsed: ParsedReference, bases: tuple[str, ...]) -> list[str]:
    if parsed.kind == "contained":
        return []
    if parsed.key is None:
        return [parsed.text]
    local = parsed.base is None or parsed.base in bases
    plain = parsed.key if local else f"{parsed.base}/{parsed.key}"
    return [plain] if parsed.version is None else [plain, f"{plain}/_history/{parsed.version}"]
