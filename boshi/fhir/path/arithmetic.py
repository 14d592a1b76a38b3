"""Arithmetic of FHIRPath (N1 §6.6): numbers, texts, quantities, and dates with durations."""

from decimal import Decimal
from typing import Any

from boshi.fhir.path.node import Node, Nodes, is_number, is_quantity, is_temporal, number, single, text
from boshi.fhir.path.problem import EvaluationError
from boshi.fhir.path.quantities import calendar_unit, comparable, quantity, unit_code
from boshi.fhir.path.temporal import shifted
from boshi.fhir.units import EXACT


def calculate(operator: str, left: Nodes, right: Nodes) -> Nodes:
    """`left operator right` for + - * / div mod and &; empty if an operand is empty (but for &)."""
    if operator == "&":
        return text(_joined(left) + _joined(right))
    one, other = single(left), single(right)
    if one is None or other is None or one.value is None or other.value is None:
        return []
    if is_number(one) and is_number(other):
        return _numbers(operator, one.value, other.value)
    if is_temporal(one) and is_quantity(other) and operator in "+-":
        return _moved(one, other.value, 1 if operator == "+" else -1)
    if is_quantity(one) or is_quantity(other):
        return _quantities(operator, one, other)
    if operator == "+" and isinstance(one.value, str) and isinstance(other.value, str):
        return text(one.value + other.value)
    raise EvaluationError(f"{one.type} {operator} {other.type} has no meaning")


def negative(nodes: Nodes) -> Nodes:
    """The operand of a minus sign, turned."""
    node = single(nodes)
    if node is None:
        return []
    if is_number(node):
        return number(-node.value)
    if is_quantity(node):
        return [Node({**node.value, "value": -node.value["value"]}, node.type)]
    raise EvaluationError(f"{node.type} has no sign")


def _joined(nodes: Nodes) -> str:
    node = single(nodes)
    if node is None:
        return ""
    if not isinstance(node.value, str):
        raise EvaluationError(f"& joins texts, found {node.type}")
    return node.value


def _numbers(operator: str, one: int | Decimal, other: int | Decimal) -> Nodes:
    if operator in ("+", "-", "*"):
        return number(_exact(operator, one, other))
    if other == 0:
        return []
    left, right = Decimal(one), Decimal(other)
    if operator == "/":
        return number(EXACT.divide(left, right))
    whole = int(EXACT.divide_int(left, right))
    if operator == "div":
        return number(whole)
    rest = EXACT.remainder(left, right)
    return number(rest if isinstance(one, Decimal) or isinstance(other, Decimal) else int(rest))


def _exact(operator: str, one: int | Decimal, other: int | Decimal) -> int | Decimal:
    if isinstance(one, int) and isinstance(other, int):
        return one + other if operator == "+" else one - other if operator == "-" else one * other
    calculation = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[operator]
    return calculation(Decimal(one), Decimal(other))


def _moved(moment: Node, duration: dict[str, Any], direction: int) -> Nodes:
    unit = calendar_unit(duration)
    if unit is None or (unit in ("year", "month") and unit_code(duration) != unit):
        raise EvaluationError(f"a duration in {unit_code(duration)!r} cannot be added to a date")
    time = moment.type in ("time", "System.Time")
    later = shifted(moment.value, direction * duration["value"], unit, time=time)
    return [] if later is None else [Node(later, moment.type)]


def _quantities(operator: str, one: Node, other: Node) -> Nodes:
    if operator in ("*", "/"):
        return _scaled(operator, one, other)
    if not (is_quantity(one) and is_quantity(other)) or operator not in ("+", "-"):
        raise EvaluationError(f"{one.type} {operator} {other.type} has no meaning")
    if unit_code(one.value) == unit_code(other.value):
        return [_with_value(one, _exact(operator, one.value["value"], other.value["value"]))]
    pair, unit = comparable(one.value, other.value), comparable(one.value, {**one.value, "value": 1})
    if pair is None or unit is None:
        return []
    return [_with_value(one, EXACT.divide(Decimal(_exact(operator, *pair)), unit[1]))]


def _scaled(operator: str, one: Node, other: Node) -> Nodes:
    left, right = (Decimal(each.value["value"] if is_quantity(each) else each.value) for each in (one, other))
    if operator == "/" and right == 0:
        return []
    value = EXACT.multiply(left, right) if operator == "*" else EXACT.divide(left, right)
    units = [unit_code(each.value) if is_quantity(each) else "1" for each in (one, other)]
    return [quantity(value, _product(operator, *units))]


def _product(operator: str, one: str, other: str) -> str:
    if other == "1":
        return one
    if operator == "/":
        return "1" if one == other else f"{'' if one == '1' else one}/{other}"
    return other if one == "1" else f"{one}2" if one == other else f"{one}.{other}"


def _with_value(node: Node, value: int | Decimal) -> Node:
    return Node({**node.value, "value": value}, node.type)
