"""Quantities in FHIRPath: numbers with UCUM units, and calendar durations (N1 §4.1.8, §6.1)."""

from decimal import Decimal
from typing import Any, Final

from boshi.fhir.path.node import Node
from boshi.fhir.units import CanonicalUnit, canonical_unit, converted

_UCUM_SYSTEM: Final = "http://unitsofmeasure.org"
_AS_UCUM: Final = {
    "year": "a", "month": "mo", "week": "wk", "day": "d", "hour": "h",
    "minute": "min", "second": "s", "millisecond": "ms",
}  # fmt: skip
_DEFINITE: Final = ("week", "day", "hour", "minute", "second", "millisecond")


def quantity(value: int | Decimal, unit: str, *, calendar: bool = False) -> Node:
    """A System.Quantity; a calendar unit in the singular."""
    held: dict[str, Any] = {"value": value, "unit": unit.removesuffix("s") if calendar else unit}
    if calendar:
        held["calendar"] = True
    return Node(held, "System.Quantity")


def calendar_unit(held: dict[str, Any]) -> str | None:
    """The calendar word of a duration to be added to a date: its own, or the one of its UCUM unit."""
    code = unit_code(held)
    if code in _AS_UCUM:
        return code
    return next((word for word, ucum in _AS_UCUM.items() if ucum == code), None)


def unit_code(held: dict[str, Any]) -> str:
    """The unit: UCUM code if the quantity has one, else the unit's text; "1" for none."""
    if held.get("system") == _UCUM_SYSTEM and held.get("code"):
        return str(held["code"])
    return str(held.get("unit") or held.get("code") or "1")


def comparable(
    one: dict[str, Any], other: dict[str, Any], *, calendar_as_ucum: bool = False
) -> tuple[Decimal, Decimal] | None:
    """Both values in one unit, or None if the units have nothing in common."""
    mine, theirs = _amount(one), _amount(other)
    if mine is None or theirs is None:
        return None
    first, second = _unit(one, calendar_as_ucum), _unit(other, calendar_as_ucum)
    if first is None or second is None or first.code != second.code:
        same = unit_code(one) == unit_code(other) and bool(one.get("calendar")) == bool(other.get("calendar"))
        return (mine, theirs) if same else None
    return converted(mine, first.factor), converted(theirs, second.factor)


def _amount(held: dict[str, Any]) -> Decimal | None:
    value = held.get("value")
    return Decimal(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None


def _unit(held: dict[str, Any], calendar_as_ucum: bool) -> CanonicalUnit | None:
    if not held.get("calendar"):
        return canonical_unit(unit_code(held))
    word = str(held["unit"])
    if calendar_as_ucum or word in _DEFINITE:
        return canonical_unit(_AS_UCUM[word])
    return CanonicalUnit("calendar month", Decimal(12 if word == "year" else 1))
