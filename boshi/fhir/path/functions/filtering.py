"""Filtering and projection (N1 §5.2), iif and aggregate: functions whose arguments run once an item."""

from collections.abc import Iterator
from functools import cmp_to_key

from boshi.fhir.path.equality import distinct, member, order
from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import EMPTY, Closure, Node, Nodes, Scope, single, truth
from boshi.fhir.path.problem import EvaluationError

MOST_REPEATED = 100_000


def each(scope: Scope, nodes: Nodes, expression: Closure) -> Iterator[Nodes]:
    """The value of the expression for every item as $this, in turn."""
    this, index = scope.this, scope.index
    try:
        for at, node in enumerate(nodes):
            scope.this, scope.index = [node], at
            yield expression(scope, scope.this)
    finally:
        scope.this, scope.index = this, index


@function("where", 1, form="expressions")
def where(scope: Scope, nodes: Nodes, criteria: Closure) -> Nodes:
    """The items that meet the criteria."""
    if not nodes:
        return EMPTY
    return [node for node, value in zip(nodes, each(scope, nodes, criteria), strict=True) if truth(value)]


@function("select", 1, form="expressions")
def select(scope: Scope, nodes: Nodes, projection: Closure) -> Nodes:
    """The values of the projection for all items, flattened."""
    return [found for value in each(scope, nodes, projection) for found in value]


@function("repeat", 1, form="expressions")
def repeat(scope: Scope, nodes: Nodes, projection: Closure) -> Nodes:
    """The values of the projection, and of the projection of those, until nothing new comes."""
    found: Nodes = []
    fresh = nodes
    while fresh:
        fresh = [node for node in distinct(select(scope, fresh, projection)) if not member(node, found)]
        found += fresh
        if len(found) > MOST_REPEATED:
            raise EvaluationError(f"repeat() gave more than {MOST_REPEATED} items")
    return found


@function("sort", 0, 9, "sorting")
def sort(scope: Scope, nodes: Nodes, *by: tuple[Closure, bool]) -> Nodes:
    """The items in order of the expressions, a minus sign before one turns it; empty values come first."""
    turned = [descending for _, descending in by] or [False]

    def placed(one: tuple[Node, list[Nodes]], other: tuple[Node, list[Nodes]]) -> int:
        return _placed(one[1], other[1], turned)

    rows = [(node, [next(each(scope, [node], key)) for key, _ in by] or [[node]]) for node in nodes]
    return [node for node, _ in sorted(rows, key=cmp_to_key(placed))]


def _placed(one: list[Nodes], other: list[Nodes], turned: list[bool]) -> int:
    for left, right, descending in zip(one, other, turned, strict=True):
        if not left or not right:
            if left or right:
                return 1 if left else -1
        elif place := order(left, right):
            return -place if descending else place
    return 0


@function("iif", 2, 3, "expressions")
def iif(scope: Scope, nodes: Nodes, test: Closure, yes: Closure, no: Closure | None = None) -> Nodes:
    """`yes` where the test is true, else `no`."""
    item = single(nodes)
    if item is None:
        return _chosen(scope, scope.this, test, yes, no)
    this = scope.this
    scope.this = [item]
    try:
        return _chosen(scope, scope.this, test, yes, no)
    finally:
        scope.this = this


def _chosen(scope: Scope, focus: Nodes, test: Closure, yes: Closure, no: Closure | None) -> Nodes:
    found = single(test(scope, focus))
    if found is not None and not isinstance(found.value, bool):
        raise EvaluationError(f"the test of iif() gave {found.type}, not a Boolean")
    if found is not None and found.value:
        return yes(scope, focus)
    return EMPTY if no is None else no(scope, focus)


@function("aggregate", 1, 2, "expressions")
def aggregate(scope: Scope, nodes: Nodes, step: Closure, initial: Closure | None = None) -> Nodes:
    """The last value of $total, which every item's step sets anew."""
    before = scope.total
    scope.total = EMPTY if initial is None else initial(scope, scope.this)
    try:
        for value in each(scope, nodes, step):
            scope.total = value
        return scope.total
    finally:
        scope.total = before


@function("trace", 1, 2, "expressions")
def trace(_scope: Scope, nodes: Nodes, _name: Closure, _projection: Closure | None = None) -> Nodes:
    """The input as it is: the kernel writes no log."""
    return nodes
