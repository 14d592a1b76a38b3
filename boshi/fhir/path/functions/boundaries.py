"""The least and the greatest value that a number or date of limited precision can stand for (N2 §5.5.9)."""

from calendar import monthrange
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import (
    EMPTY,
    Node,
    Nodes,
    is_number,
    is_quantity,
    is_temporal,
    number,
    single,
    single_integer,
)
from boshi.fhir.path.problem import EvaluationError
from boshi.fhir.path.temporal import components
from boshi.fhir.type_model import system_type

_DECIMAL_PLACES: Final = 8
_MOST_PLACES: Final = 28
_MOMENT_LENGTHS: Final = {4: 4, 6: 7, 8: 10, 10: 13, 12: 16, 14: 19, 17: 23}
_TIME_LENGTHS: Final = {2: 2, 4: 5, 6: 8, 9: 12}


@function("lowBoundary", 0, 1)
def low_boundary(nodes: Nodes, precision: Nodes | None = None) -> Nodes:
    """The least value, written with so many digits."""
    return _boundary(nodes, precision, high=False)


@function("highBoundary", 0, 1)
def high_boundary(nodes: Nodes, precision: Nodes | None = None) -> Nodes:
    """The greatest value, written with so many digits."""
    return _boundary(nodes, precision, high=True)


def _boundary(nodes: Nodes, precision: Nodes | None, *, high: bool) -> Nodes:
    node = single(nodes)
    if node is None or node.value is None:
        return EMPTY
    digits = None if precision is None else single_integer(precision)
    if is_number(node):
        return _number_boundary(node.value, digits, high)
    if is_quantity(node):
        found = _number_boundary(node.value["value"], digits, high)
        return [Node({**node.value, "value": found[0].value}, node.type)] if found else EMPTY
    if is_temporal(node):
        return _time_boundary(node, digits, high)
    raise EvaluationError(f"{node.type} has no boundaries")


def _number_boundary(value: int | Decimal, digits: int | None, high: bool) -> Nodes:
    places = _DECIMAL_PLACES if digits is None else digits
    if not 0 <= places <= _MOST_PLACES:
        return EMPTY
    exact = Decimal(value)
    exponent = exact.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    edge = exact + half if high else exact - half
    return number(edge.quantize(Decimal(1).scaleb(-places), ROUND_CEILING if high else ROUND_FLOOR))


def _time_boundary(node: Node, digits: int | None, high: bool) -> Nodes:
    kind = system_type(node.type)
    time = kind == "System.Time"
    parsed = components(node.value, time=time)
    lengths = _TIME_LENGTHS if time else _MOMENT_LENGTHS
    length = lengths.get(digits or (9 if time else 8 if kind == "System.Date" else 17))
    if parsed is None or length is None:
        return EMPTY
    parts = [Decimal(part) for part in parsed[0]]
    written = _clock(parts, high) if time else _moment(parts, high)
    if time or length <= 10:
        return [Node(written[:length], kind or node.type)]
    return [
        Node(
            written[:length] + (_stated_zone(node.value) or ("-12:00" if high else "+14:00")),
            "System.DateTime",
        )
    ]


def _moment(parts: list[Decimal], high: bool) -> str:
    year = int(parts[0])
    month = int(parts[1]) if len(parts) > 1 else 12 if high else 1
    day = int(parts[2]) if len(parts) > 2 else monthrange(year, month)[1] if high else 1
    return f"{year:04d}-{month:02d}-{day:02d}T{_clock(_with_minute(parts[3:]), high)}"


def _with_minute(clock: list[Decimal]) -> list[Decimal]:
    """An hour alone is no time in FHIR: it is the hour's first minute."""
    return [*clock, Decimal(0)] if len(clock) == 1 else clock


def _clock(parts: list[Decimal], high: bool) -> str:
    hour = int(parts[0]) if parts else 23 if high else 0
    minute = int(parts[1]) if len(parts) > 1 else 59 if high else 0
    second = parts[2] if len(parts) > 2 else Decimal("59.999") if high else Decimal(0)
    if high and len(parts) > 2 and second == second.to_integral_value() and "." not in str(second):
        second += Decimal("0.999")
    return f"{hour:02d}:{minute:02d}:{second:06.3f}"


def _stated_zone(value: str) -> str:
    clock = value.partition("T")[2]
    return next((clock[clock.index(mark) :] for mark in "Z+-" if mark in clock), "")
