"""What quantity and number parameters find in a node, and how a searched quantity is converted.

R4 §3.1.1.4.11. A quantity is kept under its number alone, in the unit it was given, and under its canonical
unit: 3.1 kg is kept as 3.1 and as 3100 g, so a search in any mass unit finds it. A comparator (`<`) is not
kept.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from boshi.fhir.path import Node
from boshi.fhir.search.keys import UCUM, quantity_name
from boshi.fhir.units import canonical_unit, converted

_CURRENCY: Final = "urn:iso:std:iso:4217"


class UnitKey(NamedTuple):
    """Where to look for a searched quantity: the key of `q`, and what to multiply the searched numbers by."""

    key: str
    factor: Decimal


def unit_keys(name: str, system: str | None, unit: str | None) -> tuple[UnitKey, ...]:
    """The keys, any of which answers a search for a number in `unit`.

    No unit: the number in whatever unit. `system` None or "": a UCUM code or the text of a unit.
    """
    if unit is None:
        return (UnitKey(quantity_name(name, None, None), Decimal(1)),)
    if system == UCUM:
        return (_ucum_key(name, unit),)
    if system:
        return (UnitKey(quantity_name(name, system, unit), Decimal(1)),)
    return _ucum_key(name, unit), UnitKey(quantity_name(name, None, unit), Decimal(1))


def amounts(node: Node) -> Iterator[tuple[str, Decimal]]:
    """(suffix of the key, number) of a node: of a Quantity, Money, number, or both ends of a Range.

    The suffix is what `quantity_name` puts behind the name: "" for no unit.
    """
    value = node.value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        yield "", Decimal(value)
    elif isinstance(value, dict):
        if node.type == "Range":
            for end in (value.get("low"), value.get("high")):
                if isinstance(end, dict):
                    yield from _quantity(end)
        elif node.type == "Money":
            yield from _quantity(
                {"value": value.get("value"), "system": _CURRENCY, "code": value.get("currency")}
            )
        else:
            yield from _quantity(value)


def _quantity(held: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
    number, system, code, unit = (held.get(name) for name in ("value", "system", "code", "unit"))
    if not isinstance(number, (int, Decimal)) or isinstance(number, bool):
        return
    value = Decimal(number)
    yield "", value
    if system == UCUM and isinstance(code, str):
        key, factor = _ucum_key("", code)
        yield key, converted(value, factor) if factor != 1 else value
    elif isinstance(code, str):
        yield quantity_name("", system, code), value
    if isinstance(unit, str) and unit != code:
        yield quantity_name("", None, unit), value


def _ucum_key(name: str, code: str) -> UnitKey:
    known = canonical_unit(code)
    if known is None:
        return UnitKey(quantity_name(name, UCUM, code), Decimal(1))
    return UnitKey(quantity_name(name, UCUM, known.code), known.factor)
