"""Dates and times as FHIRPath compares them: component by component, to the precision both have."""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeAlias

Components: TypeAlias = tuple[int | Decimal, ...]

_TEMPORAL: Final = re.compile(
    r"(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?(?:T?(?:(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?(Z|[+-]\d\d:\d\d)?)?)?",
    re.ASCII,
)
_TIME_ONLY: Final = re.compile(r"T?(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?", re.ASCII)


def components(value: str, *, time: bool) -> tuple[Components, timedelta | None] | None:
    """The components from the greatest down, seconds with their fraction, and the zone offset if any."""
    if time:
        match = _TIME_ONLY.fullmatch(value)
        if match is None:
            return None
        return _clock(*match.groups()), None
    match = _TEMPORAL.fullmatch(value)
    if match is None or match[1] is None:
        return None
    date = tuple(int(part) for part in match.groups()[:3] if part)
    return date + _clock(*match.groups()[3:6]), _offset(match[7])


def compare(left: str, right: str, *, time: bool = False) -> int | None:
    """-1, 0 or 1; None where the precision or a missing zone leaves it open, or a value is no date."""
    one, other = components(left, time=time), components(right, time=time)
    if one is None or other is None:
        return None
    if len(one[0]) > 3 and len(other[0]) > 3 and not time:
        if (one[1] is None) != (other[1] is None):
            return None
        one, other = _in_utc(*one), _in_utc(*other)
    for mine, theirs in zip(one[0], other[0], strict=False):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0 if len(one[0]) == len(other[0]) else None


def _clock(hour: str | None, minute: str | None, second: str | None) -> Components:
    parts: list[int | Decimal] = [int(part) for part in (hour, minute) if part]
    if second:
        parts.append(Decimal(second))
    return tuple(parts)


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text == "Z":
        return timedelta()
    span = timedelta(hours=int(text[1:3]), minutes=int(text[4:]))
    return -span if text[0] == "-" else span


def _in_utc(parts: Components, offset: timedelta | None) -> tuple[Components, timedelta | None]:
    if not offset:
        return parts, offset
    whole = [int(part) for part in parts] + [0, 0]
    try:
        moment = datetime(*whole[:5]) - offset  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return parts, offset
    shifted: Components = (moment.year, moment.month, moment.day, moment.hour, moment.minute)
    return (shifted + parts[5:])[: len(parts)], timedelta()


_MONTHS: Final = {"year": 12, "month": 1}
_SPANS: Final = {
    "week": timedelta(weeks=1), "day": timedelta(days=1), "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1), "second": timedelta(seconds=1), "millisecond": timedelta(milliseconds=1),
}  # fmt: skip
_DAYS_IN: Final = (365, 30, 1)


def shifted(value: str, amount: int | Decimal, unit: str, *, time: bool = False) -> str | None:
    """The date, dateTime or time `amount` calendar units later, in the same precision; None if there is none.

    Fractions count only for seconds. A unit finer than the value's precision is turned into whole units of
    that precision (N1 §6.8): 1 year + 24 months is 3 years later.
    """
    parsed = components(value, time=time)
    if parsed is None:
        return None
    if time:
        return _shifted_time(parsed[0], amount, unit)
    if unit in _MONTHS:
        months = int(amount) * _MONTHS[unit]
        return _written(_shifted_months(parsed[0], months), value)
    return _shifted_span(
        value, parsed[0], _SPANS[unit] * float(amount) if unit == "second" else _SPANS[unit] * int(amount)
    )


def _shifted_months(parts: Components, months: int) -> Components:
    if len(parts) == 1:
        return (int(parts[0]) + int(months / 12),)
    whole = int(parts[0]) * 12 + int(parts[1]) - 1 + months
    year, month = whole // 12, whole % 12 + 1
    if len(parts) == 2 or not 1 <= year <= 9999:
        return (year, month)
    return (year, month, min(int(parts[2]), monthrange(year, month)[1]), *parts[3:])


def _shifted_span(value: str, parts: Components, span: timedelta) -> str | None:
    if len(parts) < 3:
        units = int(span / timedelta(days=_DAYS_IN[len(parts) - 1]))
        return _written(_shifted_months(parts, units * (12 if len(parts) == 1 else 1)), value)
    fields = [int(part) for part in parts] + [0] * (6 - len(parts))
    micro = int((parts[5] % 1) * 1_000_000) if len(parts) > 5 else 0
    try:
        moment = datetime(*fields, micro) + span  # type: ignore[arg-type, call-arg]
    except (ValueError, OverflowError):
        return None
    later: list[int | Decimal] = [moment.year, moment.month, moment.day, moment.hour, moment.minute]
    later.append(Decimal(moment.second) + Decimal(moment.microsecond) / 1_000_000)
    return _written(tuple(later[: len(parts)]), value)


def _shifted_time(parts: Components, amount: int | Decimal, unit: str) -> str | None:
    if unit in _MONTHS or unit in ("week", "day"):
        return None
    fields = [int(part) for part in parts] + [0] * (3 - len(parts))
    micro = int((parts[2] % 1) * 1_000_000) if len(parts) > 2 else 0
    start = datetime(2000, 1, 1, *fields, micro)  # type: ignore[arg-type, call-arg]
    moment = start + _SPANS[unit] * float(amount)
    later: list[int | Decimal] = [
        moment.hour,
        moment.minute,
        Decimal(moment.second) + Decimal(moment.microsecond) / 1_000_000,
    ]
    return _clock_text(tuple(later[: len(parts)]), 3 if micro or unit == "millisecond" else 0)


def _written(parts: Components, like: str) -> str | None:
    if not 1 <= parts[0] <= 9999:
        return None
    date = "-".join(f"{int(part):0{4 if index == 0 else 2}d}" for index, part in enumerate(parts[:3]))
    if "T" not in like:
        return date
    clock, fraction = like.partition("T")[2], re.search(r"\.(\d+)", like)
    zone = re.search(r"(Z|[+-]\d\d:\d\d)$", clock)
    return f"{date}T{_clock_text(parts[3:], len(fraction[1]) if fraction else 0)}{zone[1] if zone else ''}"


def _clock_text(parts: Components, digits: int) -> str:
    written = [f"{int(part):02d}" for part in parts[:2]]
    if len(parts) > 2:
        second = Decimal(parts[2])
        digits = digits or (3 if second % 1 else 0)
        written.append(f"{second:0{3 + digits if digits else 2}.{digits}f}")
    return ":".join(written)
