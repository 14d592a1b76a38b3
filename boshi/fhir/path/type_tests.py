"""Types of nodes: `is`, `as`, `ofType`, `type()` (N1 §6.3), and what a reference points to."""

from boshi.fhir.path.node import Node, Nodes
from boshi.fhir.type_model import is_kind_of, is_primitive


def is_type(node: Node, type_name: str) -> bool:
    """Whether the node is of the type (a full name from `resolved_type`) or a kind of it."""
    if node.type == "System.Quantity" and type_name == "Quantity":
        return True
    return is_kind_of(node.type, type_name)


def is_exactly(node: Node, type_name: str) -> bool:
    """As `is_type`, but a primitive must be of the very type: a code is no string here (as, ofType)."""
    return node.type == type_name if is_primitive(node.type) else is_type(node, type_name)


def filtered(nodes: Nodes, type_name: str) -> Nodes:
    """The nodes of the type. The standard's search expressions apply `as` to collections, so it filters."""
    return [node for node in nodes if is_exactly(node, type_name)]
