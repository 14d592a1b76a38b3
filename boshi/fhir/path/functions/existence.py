"""Existence (N1 §5.1)."""

from boshi.fhir.path.equality import distinct, member
from boshi.fhir.path.functions.filtering import where
from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import TRUE, Closure, Nodes, Scope, boolean, number, truth
from boshi.fhir.path.problem import EvaluationError


@function("empty")
def empty(nodes: Nodes) -> Nodes:
    """Whether there is no item."""
    return boolean(not nodes)


@function("exists", 0, 1, "expressions")
def exists(scope: Scope, nodes: Nodes, criteria: Closure | None = None) -> Nodes:
    """Whether there is an item, one that meets the criteria if given."""
    return boolean(bool(nodes if criteria is None else where(scope, nodes, criteria)))


@function("all", 1, form="expressions")
def every(scope: Scope, nodes: Nodes, criteria: Closure) -> Nodes:
    """Whether every item meets the criteria."""
    return boolean(len(where(scope, nodes, criteria)) == len(nodes))


@function("not")
def negation(nodes: Nodes) -> Nodes:
    """The other truth value; empty for empty."""
    value = truth(nodes)
    return boolean(None if value is None else not value)


@function("allTrue")
def all_true(nodes: Nodes) -> Nodes:
    """Whether every item is true."""
    return boolean(all(_truths(nodes)))


@function("anyTrue")
def any_true(nodes: Nodes) -> Nodes:
    """Whether an item is true."""
    return boolean(any(_truths(nodes)))


@function("allFalse")
def all_false(nodes: Nodes) -> Nodes:
    """Whether every item is false."""
    return boolean(not any(_truths(nodes)))


@function("anyFalse")
def any_false(nodes: Nodes) -> Nodes:
    """Whether an item is false."""
    return boolean(not all(_truths(nodes)))


def _truths(nodes: Nodes) -> list[bool]:
    for node in nodes:
        if not isinstance(node.value, bool):
            raise EvaluationError(f"a Boolean was expected, found {node.type}")
    return [node.value for node in nodes]


@function("subsetOf", 1)
def subset_of(nodes: Nodes, other: Nodes) -> Nodes:
    """Whether every item is in the other collection."""
    return TRUE if not nodes else boolean(all(member(node, other) for node in nodes))


@function("supersetOf", 1)
def superset_of(nodes: Nodes, other: Nodes) -> Nodes:
    """Whether every item of the other collection is here."""
    return subset_of(other, nodes)


@function("count")
def count(nodes: Nodes) -> Nodes:
    """How many items there are."""
    return number(len(nodes))


@function("distinct")
def without_repetition(nodes: Nodes) -> Nodes:
    """The items without repetition."""
    return distinct(nodes)


@function("isDistinct")
def is_distinct(nodes: Nodes) -> Nodes:
    """Whether no item is repeated."""
    return boolean(len(distinct(nodes)) == len(nodes))
