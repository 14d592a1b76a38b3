"""Conversion between the System types (N1 §5.5): toX() and convertsToX()."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from boshi.fhir.dates import bounds
from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import (
    EMPTY,
    Node,
    Nodes,
    boolean,
    is_number,
    is_quantity,
    number,
    single,
    single_text,
    text,
)
from boshi.fhir.path.parser import CALENDAR_UNITS
from boshi.fhir.path.quantities import comparable, quantity, unit_code

_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?\d{1,34}(\.\d{1,34})?", re.ASCII)
_QUANTITY: Final = re.compile(r"([+-]?\d{1,34}(?:\.\d{1,34})?)\s*(?:'([^']+)'|([a-zA-Z]+))?", re.ASCII)
_TIME: Final = re.compile(r"T?([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d+)?)?)?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)


def to_boolean(node: Node) -> Nodes:
    """A Boolean from a Boolean, 0 or 1, or a word."""
    word = str(node.value).lower() if node.value is not None else ""
    return boolean(True if word in _TRUE else False if word in _FALSE else None)


def to_integer(node: Node) -> Nodes:
    """An Integer from an Integer, a Boolean, or a text of digits."""
    if isinstance(node.value, (bool, int)):
        return number(int(node.value))
    if isinstance(node.value, str) and _INTEGER.fullmatch(node.value):
        return number(int(node.value))
    return EMPTY


def to_decimal(node: Node) -> Nodes:
    """A Decimal from a number, a Boolean, or the text of a number."""
    if isinstance(node.value, (bool, int, Decimal)):
        return number(Decimal(node.value))
    if isinstance(node.value, str) and _DECIMAL.fullmatch(node.value):
        return number(Decimal(node.value))
    return EMPTY


def to_text(node: Node) -> Nodes:
    """A String from any single value."""
    if isinstance(node.value, bool):
        return text("true" if node.value else "false")
    if is_quantity(node) and "value" in node.value:
        unit = unit_code(node.value)
        return text(f"{node.value['value']} {unit if node.value.get('calendar') else repr(unit)}")
    if is_number(node):
        return text(f"{node.value:f}" if isinstance(node.value, Decimal) else str(node.value))
    return text(node.value) if isinstance(node.value, str) else EMPTY


def to_date(node: Node) -> Nodes:
    """A Date from a Date, a DateTime or a text."""
    value = node.value.partition("T")[0] if isinstance(node.value, str) else ""
    valid = _DATE.fullmatch(value) and bounds(value) is not None and bounds(str(node.value).rstrip("T"))
    return [Node(value, "System.Date")] if valid else EMPTY


def to_date_time(node: Node) -> Nodes:
    """A DateTime from a Date, a DateTime or a text."""
    valid = isinstance(node.value, str) and _moment(node.value)
    return [Node(node.value, "System.DateTime")] if valid else EMPTY


def _moment(value: str) -> bool:
    hour_only = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d(Z|[+-]\d\d:\d\d)?", value, re.ASCII)
    return bounds(value.rstrip("T") if hour_only is None else f"{value[:13]}:00{value[13:]}") is not None


def to_time(node: Node) -> Nodes:
    """A Time from a Time or a text."""
    valid = isinstance(node.value, str) and _TIME.fullmatch(node.value)
    return [Node(node.value.removeprefix("T"), "System.Time")] if valid else EMPTY


def to_quantity(node: Node) -> Nodes:
    """A Quantity from a Quantity, a number, a Boolean, or a text such as `4 days` or `3.1 'kg'`."""
    if is_quantity(node):
        return [Node(node.value, "System.Quantity")]
    if isinstance(node.value, (bool, int, Decimal)):
        return [quantity(Decimal(node.value) if isinstance(node.value, Decimal) else int(node.value), "1")]
    match = _QUANTITY.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None or (match[3] and match[3] not in CALENDAR_UNITS):
        return EMPTY
    amount = Decimal(match[1]) if "." in match[1] else int(match[1])
    return [quantity(amount, match[3] or match[2] or "1", calendar=bool(match[3]))]


def _declare(name: str, convert: Callable[[Node], Nodes]) -> None:
    def to(nodes: Nodes) -> Nodes:
        node = single(nodes)
        return EMPTY if node is None else convert(node)

    def converts(nodes: Nodes) -> Nodes:
        node = single(nodes)
        return EMPTY if node is None else boolean(bool(convert(node)))

    function(f"to{name}")(to)
    function(f"convertsTo{name}")(converts)


for _name, _convert in (
    ("Boolean", to_boolean),
    ("Integer", to_integer),
    ("Decimal", to_decimal),
    ("String", to_text),
    ("Date", to_date),
    ("DateTime", to_date_time),
    ("Time", to_time),
):
    _declare(_name, _convert)


@function("toQuantity", 0, 1)
def quantity_in(nodes: Nodes, unit: Nodes | None = None) -> Nodes:
    """The input as a Quantity, in the unit if one is given; empty if it cannot be."""
    node = single(nodes)
    found = EMPTY if node is None else to_quantity(node)
    wanted = None if unit is None else single_text(unit)
    if not found or wanted is None:
        return found
    held = found[0].value
    pair = comparable(held, {"value": 1, "unit": wanted})
    return EMPTY if pair is None else [quantity(pair[0] / pair[1], wanted)]


@function("convertsToQuantity", 0, 1)
def converts_to_quantity(nodes: Nodes, unit: Nodes | None = None) -> Nodes:
    """Whether the input can be a Quantity, in the unit if one is given."""
    return boolean(bool(quantity_in(nodes, unit))) if single(nodes) is not None else EMPTY


@function("comparable", 1)
def are_comparable(nodes: Nodes, other: Nodes) -> Nodes:
    """Whether two quantities have units in common."""
    one, two = single(nodes), single(other)
    if one is None or two is None or not (is_quantity(one) and is_quantity(two)):
        return EMPTY
    return boolean(comparable(one.value, two.value) is not None)
