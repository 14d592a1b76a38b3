"""Types as functions (N1 §6.3): is(), as(), ofType(), type()."""

from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import EMPTY, Node, Nodes, boolean, single
from boshi.fhir.path.type_tests import filtered, is_type
from boshi.fhir.type_model import SYSTEM_TYPES, TYPE_INFO


@function("is", 1, form="type")
def is_of(nodes: Nodes, type_name: str) -> Nodes:
    """Whether the one item is of the type."""
    node = single(nodes)
    return EMPTY if node is None else boolean(is_type(node, type_name))


@function("as", 1, form="type")
def as_type(nodes: Nodes, type_name: str) -> Nodes:
    """The one item, if it is of the type; EvaluationError if there are several."""
    return EMPTY if single(nodes) is None else filtered(nodes, type_name)


@function("ofType", 1, form="type")
def of_type(nodes: Nodes, type_name: str) -> Nodes:
    """The items of the type."""
    return filtered(nodes, type_name)


@function("type")
def type_of(nodes: Nodes) -> Nodes:
    """The type of every item, as an item with namespace and name."""
    return [_described(node.type) for node in nodes]


def _described(type_name: str) -> Node:
    if type_name in SYSTEM_TYPES:
        return Node({"namespace": "System", "name": type_name.removeprefix("System.")}, TYPE_INFO)
    return Node({"namespace": "FHIR", "name": type_name}, TYPE_INFO)
