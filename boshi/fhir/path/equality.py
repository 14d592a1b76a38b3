"""Equality and order of nodes (N1 §6.1, §6.2)."""

from decimal import Decimal
from typing import Any

from boshi.fhir.path.node import Node, Nodes, is_number, is_quantity, is_temporal, single
from boshi.fhir.path.problem import EvaluationError
from boshi.fhir.path.quantities import comparable
from boshi.fhir.path.temporal import compare, components
from boshi.fhir.type_model import system_type


def equal(left: Nodes, right: Nodes) -> bool | None:
    """`=`: the same items in the same order; None if a side is empty or precision leaves it open."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    results = [equal_items(one, other) for one, other in zip(left, right, strict=True)]
    return None if None in results else all(results)


def equal_items(left: Node, right: Node) -> bool | None:
    """Whether two items are equal; None if precision or units leave it open."""
    one, other = left.value, right.value
    if is_temporal(left) and is_temporal(right) and isinstance(one, str) and isinstance(other, str):
        return _equal_times(left, right)
    if is_quantity(left) and is_quantity(right):
        return _equal_quantities(one, other)
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool) and one == other
    return bool(one == other)


def equivalent(left: Nodes, right: Nodes) -> bool:
    """`~`: the same items in any order; case and spacing, and the greater precision, do not count."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for item in left:
        match = next((index for index, other in enumerate(rest) if _equivalent_items(item, other)), None)
        if match is None:
            return False
        del rest[match]
    return True


def order(left: Nodes, right: Nodes) -> int | None:
    """-1, 0 or 1 for `<` and its kin; None if empty or open; EvaluationError for types without an order."""
    one, other = single(left), single(right)
    if one is None or other is None or one.value is None or other.value is None:
        return None
    if is_number(one) and is_number(other):
        return _sign(one.value, other.value)
    if is_temporal(one) or is_temporal(other):
        return _order_times(one, other)
    if isinstance(one.value, str) and isinstance(other.value, str):
        return _sign(one.value, other.value)
    if is_quantity(one) and is_quantity(other):
        pair = comparable(one.value, other.value)
        return None if pair is None else _sign(*pair)
    raise EvaluationError(f"{one.type} and {other.type} cannot be ordered")


def member(item: Node, nodes: Nodes) -> bool:
    """Whether an equal item is in the collection."""
    return any(equal_items(item, other) for other in nodes)


def distinct(nodes: Nodes) -> Nodes:
    """The items without repetition, in order of first appearance."""
    if len(nodes) < 2:
        return nodes
    found: Nodes = []
    for node in nodes:
        if not member(node, found):
            found.append(node)
    return found


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


def _is_time(node: Node) -> bool:
    return system_type(node.type) == "System.Time"


def _order_times(one: Node, other: Node) -> int | None:
    if not (isinstance(one.value, str) and isinstance(other.value, str)) or _is_time(one) != _is_time(other):
        raise EvaluationError(f"{one.type} and {other.type} cannot be ordered")
    return compare(one.value, other.value, time=_is_time(one))


def _equal_times(left: Node, right: Node) -> bool | None:
    if _is_time(left) != _is_time(right):
        return False
    order = compare(left.value, right.value, time=_is_time(left))
    return None if order is None else order == 0


def _equal_quantities(one: dict[str, Any], other: dict[str, Any]) -> bool | None:
    pair = comparable(one, other)
    return (True if one == other else None) if pair is None else pair[0] == pair[1]


def _equivalent_items(left: Node, right: Node) -> bool:
    one, other = left.value, right.value
    if is_number(left) and is_number(right):
        return _equivalent_numbers(one, other)
    if is_temporal(left) and is_temporal(right) and isinstance(one, str) and isinstance(other, str):
        time = _is_time(left)
        return components(one, time=time) == components(other, time=time) or bool(_equal_times(left, right))
    if is_quantity(left) and is_quantity(right):
        pair = comparable(one, other, calendar_as_ucum=True)
        return pair is not None and _equivalent_numbers(*pair)
    if isinstance(one, str) and isinstance(other, str):
        return " ".join(one.lower().split()) == " ".join(other.lower().split())
    if isinstance(one, dict) and isinstance(other, dict):
        return _equivalent_holders(left, right)
    return bool(equal_items(left, right))


def _equivalent_holders(left: Node, right: Node) -> bool:
    one, other = ({k: v for k, v in node.value.items() if k != "id"} for node in (left, right))
    return one.keys() == other.keys() and all(_equivalent_values(one[name], other[name]) for name in one)


def _equivalent_values(one: Any, other: Any) -> bool:
    left = [Node(item, "System.Any") for item in (one if isinstance(one, list) else [one])]
    right = [Node(item, "System.Any") for item in (other if isinstance(other, list) else [other])]
    return equivalent(left, right)


def _equivalent_numbers(one: int | Decimal, other: int | Decimal) -> bool:
    left, right = Decimal(one), Decimal(other)
    digits = min(_digits(left), _digits(right))
    quantum = Decimal(1).scaleb(-digits)
    return left.quantize(quantum) == right.quantize(quantum)


def _digits(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
