"""Numbers (N1 §5.7)."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import EMPTY, Node, Nodes, is_number, is_quantity, number, single
from boshi.fhir.path.node import single_integer as integer
from boshi.fhir.path.problem import EvaluationError
from boshi.fhir.units import EXACT

_WIDE: Final = Context(prec=50)
"""More digits than are kept, so that 16.log(2) is 4."""


def _number(nodes: Nodes) -> int | Decimal | None:
    node = single(nodes)
    if node is None or node.value is None:
        return None
    if not is_number(node):
        raise EvaluationError(f"a number was expected, found {node.type}")
    value: int | Decimal = node.value
    return value


def _ceiling(value: int | Decimal) -> int:
    return int(Decimal(value).to_integral_value(ROUND_CEILING))


def _floor(value: int | Decimal) -> int:
    return int(Decimal(value).to_integral_value(ROUND_FLOOR))


def _ln(value: int | Decimal) -> Decimal | None:
    return EXACT.ln(Decimal(value)) if value > 0 else None


def _sqrt(value: int | Decimal) -> Decimal | None:
    return EXACT.sqrt(Decimal(value)) if value >= 0 else None


def _number_function(name: str, run: Callable[[int | Decimal], int | Decimal | None]) -> None:
    def applied(nodes: Nodes) -> Nodes:
        value = _number(nodes)
        result = None if value is None else run(value)
        return EMPTY if result is None else number(result)

    function(name)(applied)


_number_function("ceiling", _ceiling)
_number_function("floor", _floor)
_number_function("truncate", int)
_number_function("exp", lambda value: EXACT.exp(Decimal(value)))
_number_function("ln", _ln)
_number_function("sqrt", _sqrt)


@function("abs")
def absolute(nodes: Nodes) -> Nodes:
    """The number or quantity without its sign."""
    node = single(nodes)
    if node is not None and is_quantity(node):
        held: dict[str, Any] = node.value
        return [Node({**held, "value": abs(held["value"])}, node.type)]
    value = _number(nodes)
    if value is None:
        return EMPTY
    return number(-value if value < 0 else value)


@function("log", 1)
def log(nodes: Nodes, base: Nodes) -> Nodes:
    """The logarithm to the base."""
    value, of = _number(nodes), _number(base)
    if value is None or of is None or value <= 0 or of <= 0 or of == 1:
        return EMPTY
    return number(EXACT.plus(_WIDE.divide(_WIDE.ln(Decimal(value)), _WIDE.ln(Decimal(of)))))


@function("power", 1)
def power(nodes: Nodes, exponent: Nodes) -> Nodes:
    """The number to the power; empty if that is no real number."""
    value, to = _number(nodes), _number(exponent)
    if value is None or to is None:
        return EMPTY
    if (value < 0 and to != int(to)) or (value == 0 and to < 0):
        return EMPTY
    try:
        result = EXACT.power(Decimal(value), Decimal(to))
    except ArithmeticError as problem:
        raise EvaluationError(f"{value} to the power of {to} cannot be held in 34 digits") from problem
    whole = isinstance(value, int) and isinstance(to, int) and to >= 0
    return number(int(result)) if whole else number(result)


@function("round", 0, 1)
def rounded(nodes: Nodes, digits: Nodes | None = None) -> Nodes:
    """The number rounded to so many digits, halves away from zero."""
    value, places = _number(nodes), 0 if digits is None else integer(digits)
    if value is None or places is None:
        return EMPTY
    if places < 0 or places > EXACT.prec:
        raise EvaluationError(f"{places} is no number of digits to round to")
    return number(Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT))
