"""Subsetting, combining and tree navigation (N1 §5.3, §5.4, §5.8)."""

from boshi.fhir.path.equality import distinct, member
from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import EMPTY, Nodes, children_named, single
from boshi.fhir.path.node import single_integer as integer
from boshi.fhir.type_model import children as properties_of


@function("single")
def only(nodes: Nodes) -> Nodes:
    """The one item; EvaluationError if there are several."""
    node = single(nodes)
    return EMPTY if node is None else [node]


@function("first")
def first(nodes: Nodes) -> Nodes:
    """The first item."""
    return nodes[:1]


@function("last")
def last(nodes: Nodes) -> Nodes:
    """The last item."""
    return nodes[-1:]


@function("tail")
def tail(nodes: Nodes) -> Nodes:
    """All but the first item."""
    return nodes[1:]


@function("skip", 1)
def skip(nodes: Nodes, count: Nodes) -> Nodes:
    """All but the first `count` items."""
    return nodes[max(0, integer(count) or 0) :]


@function("take", 1)
def take(nodes: Nodes, count: Nodes) -> Nodes:
    """The first `count` items."""
    return nodes[: max(0, integer(count) or 0)]


@function("intersect", 1)
def intersect(nodes: Nodes, other: Nodes) -> Nodes:
    """The items that are in both collections, without repetition."""
    return distinct([node for node in nodes if member(node, other)])


@function("exclude", 1)
def exclude(nodes: Nodes, other: Nodes) -> Nodes:
    """The items that are not in the other collection."""
    return [node for node in nodes if not member(node, other)]


@function("union", 1)
def union(nodes: Nodes, other: Nodes) -> Nodes:
    """The items of both collections without repetition."""
    return distinct(nodes + other)


@function("combine", 1)
def combine(nodes: Nodes, other: Nodes) -> Nodes:
    """The items of both collections with repetition."""
    return nodes + other


@function("children")
def children(nodes: Nodes) -> Nodes:
    """All immediate children."""
    found: Nodes = []
    for node in nodes:
        own = {name: kind for name, kind in properties_of(node.type).items() if not name.startswith("_")}
        found += children_named(node, own)
    return found


@function("descendants")
def descendants(nodes: Nodes) -> Nodes:
    """All children, and theirs, and so on."""
    found: Nodes = []
    level = children(nodes)
    while level:
        found += level
        level = children(level)
    return found
