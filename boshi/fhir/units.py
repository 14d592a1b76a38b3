"""UCUM units, as far as quantities have to be compared: a unit -> its base units and a factor.

Covers the metric prefixes, the units of medicine and daily life, products, quotients, exponents, powers of
ten and annotations. Temperatures other than kelvin and other units with an offset stay themselves, and so do
arbitrary units such as `[iU]`: equal units compare, others do not.
"""

import re
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

EXACT: Final = Context(prec=34)
"""Decimal arithmetic in the 34 digits that the database keeps."""


class CanonicalUnit(NamedTuple):
    """`code` in base units ("g", "g.m-3", "1"); a value times `factor` is the value in that unit."""

    code: str
    factor: Decimal


_PREFIXES: Final = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2,
    "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip
_METRIC: Final = {
    "g": ("1", "g"), "m": ("1", "m"), "s": ("1", "s"), "K": ("1", "K"), "C": ("1", "C"), "cd": ("1", "cd"),
    "rad": ("1", "rad"), "mol": ("1", "mol"), "Cel": ("1", "Cel"),
    "[iU]": ("1", "[iU]"), "[IU]": ("1", "[iU]"),
    "eq": ("1", "mol"), "osm": ("1", "mol"), "kat": ("1", "mol.s-1"), "U": ("0.000001", "mol.min-1"),
    "l": ("0.001", "m3"), "L": ("0.001", "m3"), "Hz": ("1", "s-1"), "N": ("1000", "g.m.s-2"),
    "Pa": ("1000", "g.m-1.s-2"),
    "J": ("1000", "g.m2.s-2"), "W": ("1000", "g.m2.s-3"), "bar": ("100000", "Pa"),
    "m[Hg]": ("133322", "Pa"), "m[H2O]": ("9806.65", "Pa"), "cal": ("4.184", "J"), "Bq": ("1", "s-1"),
    "Sv": ("1", "m2.s-2"), "Gy": ("1", "m2.s-2"), "V": ("1", "J.C-1"), "A": ("1", "C.s-1"),
    "t": ("1000000", "g"),
}  # fmt: skip
_PLAIN: Final = {
    "min": ("60", "s"), "h": ("60", "min"), "d": ("24", "h"), "wk": ("7", "d"), "a": ("365.25", "d"),
    "mo": ("30.4375", "d"), "%": ("0.01", "1"), "[ppth]": ("0.001", "1"), "[ppm]": ("0.000001", "1"),
    "10*": ("10", "1"), "10^": ("10", "1"), "deg": ("0.017453292519943295769236907684886", "rad"),
    "[lb_av]": ("453.59237", "g"), "[oz_av]": ("28.349523125", "g"), "[in_i]": ("0.0254", "m"),
    "[ft_i]": ("0.3048", "m"), "[pH]": ("1", "[pH]"), "[degF]": ("1", "[degF]"), "[arb'U]": ("1", "[arb'U]"),
    "[CFU]": ("1", "[CFU]"), "[diop]": ("1", "m-1"),
}  # fmt: skip
_LARGEST: Final = 100
"""The greatest power of ten a unit may be of another, so that converted numbers stay storable."""
_LONGEST: Final = 100
"""No unit that people use is longer; what is longer is not read, and not remembered."""
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")
_OPERATOR: Final = re.compile(r"([./])")


def canonical_unit(code: str) -> CanonicalUnit | None:
    """The unit in base units, or None if it is not one this table knows."""
    return _canonical(code) if len(code) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _canonical(code: str) -> CanonicalUnit | None:
    try:
        parsed = _term(_ANNOTATION.sub("", code), 0)
    except ArithmeticError:
        return None
    if parsed is None or not parsed[0] or not parsed[0].is_finite() or abs(parsed[0].adjusted()) > _LARGEST:
        return None
    factor, bases = parsed
    written = ".".join(
        base if exponent == 1 else f"{base}{exponent}" for base, exponent in sorted(bases.items()) if exponent
    )
    return CanonicalUnit(written or "1", factor)


def converted(value: Decimal | int, factor: Decimal) -> Decimal:
    """The value in the canonical unit, rounded to 34 digits."""
    return EXACT.multiply(Decimal(value), factor)


_Parsed = tuple[Decimal, dict[str, int]]


def _term(code: str, depth: int) -> _Parsed | None:
    if depth > 6 or "(" in code:
        return None
    factor, sign = Decimal(1), 1
    bases: dict[str, int] = {}
    for part in _OPERATOR.split(code):
        if part in (".", "/"):
            sign = -1 if part == "/" else 1
            continue
        if not part:
            continue
        found = _power(part, depth)
        if found is None:
            return None
        factor = EXACT.multiply(factor, EXACT.power(found[0], sign))
        for base, exponent in found[1].items():
            bases[base] = bases.get(base, 0) + sign * exponent
    return factor, bases


def _power(part: str, depth: int) -> _Parsed | None:
    if part.isdecimal() and part.isascii():
        return Decimal(part), {}
    match = re.fullmatch(r"(10[*^]|.*?[^0-9+\-])([+-]?\d{1,2})?", part, re.ASCII)
    if match is None:
        return None
    found = _symbol(match[1], depth)
    if found is None:
        return None
    exponent = int(match[2] or 1)
    return EXACT.power(found[0], exponent), {base: each * exponent for base, each in found[1].items()}


def _symbol(symbol: str, depth: int) -> _Parsed | None:
    plain = _PLAIN.get(symbol) or _METRIC.get(symbol)
    if plain is not None:
        return _expanded(symbol, *plain, depth)
    for length in (1, 2):
        power, metric = _PREFIXES.get(symbol[:length]), _METRIC.get(symbol[length:])
        if power is not None and metric is not None:
            found = _expanded(symbol[length:], *metric, depth)
            return None if found is None else (found[0].scaleb(power), found[1])
    return None


def _expanded(symbol: str, factor: str, unit: str, depth: int) -> _Parsed | None:
    if unit == symbol or symbol == "[IU]":
        return Decimal(factor), {unit: 1}
    if unit == "1":
        return Decimal(factor), {}
    found = _term(unit, depth + 1)
    return None if found is None else (EXACT.multiply(Decimal(factor), found[0]), found[1])
