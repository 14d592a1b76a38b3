"""What a string parameter finds in a node (R4 §3.1.1.4.9)."""

from typing import Any, Final

from boshi.fhir.path import Node

_NAME_PARTS: Final = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS: Final = ("text", "line", "city", "district", "state", "postalCode", "country")


def texts(node: Node) -> list[str]:
    """The texts of a node: the string itself, or every part of a HumanName or Address."""
    if isinstance(node.value, str):
        return [node.value]
    if not isinstance(node.value, dict):
        return []
    if node.type == "HumanName":
        return _parts(node.value, _NAME_PARTS)
    return _parts(node.value, _ADDRESS_PARTS) if node.type == "Address" else []


def joined_texts(node: Node) -> list[str]:
    """The whole of a HumanName or Address as Japanese write it, for a search that does not part it."""
    if not isinstance(node.value, dict):
        return []
    if node.type == "HumanName":
        return ["".join(_parts(node.value, ("family", "given")))]
    if node.type == "Address":
        return ["".join(_parts(node.value, ("state", "city", "district", "line")))]
    return []


def _parts(held: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in names:
        value = held.get(name)
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, str)]
    return found
