"""The operators between two operands: logic with three values, comparison, union, membership (N1 §6)."""

from collections.abc import Callable
from typing import Final

from boshi.fhir.path.arithmetic import calculate
from boshi.fhir.path.equality import distinct, equal, equivalent, member, order
from boshi.fhir.path.node import EMPTY, FALSE, TRUE, Closure, Nodes, Scope, boolean, single, truth


def binary(operator: str, left: Closure, right: Closure) -> Closure:
    """The closure of an operator between two closures."""
    if operator in _LOGIC:
        return _LOGIC[operator](left, right)
    if operator in _COMPARISONS:
        compared = _COMPARISONS[operator]
        return lambda scope, focus: compared(left(scope, focus), right(scope, focus))
    return lambda scope, focus: calculate(operator, left(scope, focus), right(scope, focus))


def _and(left: Closure, right: Closure) -> Closure:
    def both(scope: Scope, focus: Nodes) -> Nodes:
        one = truth(left(scope, focus))
        if one is False:
            return FALSE
        other = truth(right(scope, focus))
        return FALSE if other is False else TRUE if one and other else EMPTY

    return both


def _or(left: Closure, right: Closure) -> Closure:
    def either(scope: Scope, focus: Nodes) -> Nodes:
        one = truth(left(scope, focus))
        if one:
            return TRUE
        other = truth(right(scope, focus))
        return TRUE if other else FALSE if one is False and other is False else EMPTY

    return either


def _xor(left: Closure, right: Closure) -> Closure:
    def one_only(scope: Scope, focus: Nodes) -> Nodes:
        one, other = truth(left(scope, focus)), truth(right(scope, focus))
        return EMPTY if one is None or other is None else boolean(one != other)

    return one_only


def _implies(left: Closure, right: Closure) -> Closure:
    def implied(scope: Scope, focus: Nodes) -> Nodes:
        one = truth(left(scope, focus))
        if one is False:
            return TRUE
        other = truth(right(scope, focus))
        return TRUE if other else EMPTY if one is None or other is None else FALSE

    return implied


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _ordered(wanted: tuple[int, ...]) -> Callable[[Nodes, Nodes], Nodes]:
    def compare(left: Nodes, right: Nodes) -> Nodes:
        found = order(left, right)
        return EMPTY if found is None else boolean(found in wanted)

    return compare


def _contains(whole: Nodes, part: Nodes) -> Nodes:
    item = single(part)
    return EMPTY if item is None else boolean(member(item, whole))


_LOGIC: Final = {"and": _and, "or": _or, "xor": _xor, "implies": _implies}
_COMPARISONS: Final[dict[str, Callable[[Nodes, Nodes], Nodes]]] = {
    "=": lambda left, right: boolean(equal(left, right)),
    "!=": lambda left, right: boolean(_negated(equal(left, right))),
    "~": lambda left, right: boolean(equivalent(left, right)),
    "!~": lambda left, right: boolean(not equivalent(left, right)),
    "<": _ordered((-1,)),
    "<=": _ordered((-1, 0)),
    ">": _ordered((1,)),
    ">=": _ordered((0, 1)),
    "|": lambda left, right: distinct(left + right),
    "contains": _contains,
    "in": lambda left, right: _contains(right, left),
}
