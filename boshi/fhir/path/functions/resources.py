"""What FHIR adds to FHIRPath (R4 §2.8.1.2): extensions, references, values of primitives."""

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Resource
from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import Node, Nodes, Scope, boolean, children_named, single_text
from boshi.fhir.references import parse_reference
from boshi.fhir.type_model import is_primitive, system_type

_EXTENSION = {"extension": "Extension"}


@function("extension", 1)
def extension(nodes: Nodes, url: Nodes) -> Nodes:
    """The extensions with this URL."""
    wanted = single_text(url)
    return [
        found
        for node in nodes
        for found in children_named(_holder(node), _EXTENSION)
        if isinstance(found.value, dict) and found.value.get("url") == wanted
    ]


@function("hasExtension", 1)
def has_extension(nodes: Nodes, url: Nodes) -> Nodes:
    """Whether there is an extension with this URL."""
    return boolean(bool(extension(nodes, url)))


@function("hasValue")
def has_value(nodes: Nodes) -> Nodes:
    """Whether the input is one primitive with a value, and not with extensions only."""
    return boolean(len(nodes) == 1 and _is_primitive(nodes[0]) and nodes[0].value is not None)


@function("getValue")
def get_value(nodes: Nodes) -> Nodes:
    """The value of the one primitive as a System type."""
    if len(nodes) != 1 or not _is_primitive(nodes[0]) or nodes[0].value is None:
        return []
    return [Node(nodes[0].value, system_type(nodes[0].type) or nodes[0].type)]


@function("resolve", form="expressions")
def resolve(scope: Scope, nodes: Nodes) -> Nodes:
    """The resources that references, canonicals and uris point to.

    What neither the resource contains nor the caller's resolver knows is a bare node of the type that the
    reference names: enough for `resolve() is Patient`.
    """
    return [found for node in nodes if (found := _resolved(scope, node)) is not None]


def _holder(node: Node) -> Node:
    return Node(node.element, "Element") if isinstance(node.element, dict) else node


def _is_primitive(node: Node) -> bool:
    return is_primitive(node.type) or node.type.startswith("System.")


def _resolved(scope: Scope, node: Node) -> Node | None:
    held = node.value if isinstance(node.value, dict) else {"reference": node.value}
    target = held.get("reference")
    if isinstance(target, str):
        found = _contained(scope.root, target) or (scope.resolver(target) if scope.resolver else None)
        if found is not None:
            return Node(found, str(found.get("resourceType")))
        parsed = parse_reference(target)
        if parsed.type is not None:
            return Node({"resourceType": parsed.type}, parsed.type)
    named = held.get("type")
    if isinstance(named, str) and definitions().is_resource(named):
        return Node({"resourceType": named}, named)
    return None


def _contained(root: Node, target: str) -> Resource | None:
    if not target.startswith("#") or not isinstance(root.value, dict):
        return None
    if target == "#":
        return root.value
    inside = root.value.get("contained")
    for each in inside if isinstance(inside, list) else ():
        if isinstance(each, dict) and each.get("id") == target[1:]:
            return each
    return None
