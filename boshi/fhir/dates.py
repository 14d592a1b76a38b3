"""What a FHIR date means as a stretch of time (R4 §2.24.0, §3.1.1.4.5).

A partial date is a stretch, not a moment: `2024-04` is the whole of April 2024. `bounds` gives it half open,
`low <= t < high`, in UTC and in whole milliseconds (what the database keeps). A value without a zone is
local time; a date is a day in that zone.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final, TypeAlias

LOCAL_ZONE: Final = timezone(timedelta(hours=9), "JST")
"""A date without a zone is a day in Japan. A fixed offset: no time zone data, no summer time."""

EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Low bound of a period without a start."""
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
"""High bound of a period without an end."""

Bounds: TypeAlias = tuple[datetime, datetime]

_FORM: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_MILLISECOND: Final = timedelta(milliseconds=1)


def bounds(value: str, zone: tzinfo = LOCAL_ZONE) -> Bounds | None:
    """The stretch `[low, high)` in UTC that a date, dateTime or instant covers; None if it is none.

    Accepts every precision of R4, and in addition a time in minutes and a time without a zone, both of
    which searches use. Second 60 is the next minute's beginning. A stretch that leaves the years 1 to 9999
    is cut off there.
    """
    return _remembered(value, zone) if len(value) <= _LONGEST_REMEMBERED else _bounds(value, zone)


def _bounds(value: str, zone: tzinfo) -> Bounds | None:
    match = _FORM.fullmatch(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        if hour is None:
            return _day_bounds(int(year), _number(month), _number(day), zone)
        low = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=_zone(offset, zone))
        return _time_bounds(low, second, fraction)
    except ValueError:
        return None


_LONGEST_REMEMBERED: Final = 40
_remembered: Final = lru_cache(4096)(_bounds)
"""The records of one visit have the same date."""


def period_bounds(start: str | None, end: str | None, zone: tzinfo = LOCAL_ZONE) -> Bounds | None:
    """The stretch of a Period: open ends reach EARLIEST and LATEST; None if a date is invalid or both lack.

    A period that ends before it starts is kept as its start alone, so that it can still be found.
    """
    if start is None and end is None:
        return None
    first = (EARLIEST, EARLIEST) if start is None else bounds(start, zone)
    last = (LATEST, LATEST) if end is None else bounds(end, zone)
    if first is None or last is None:
        return None
    return (first[0], last[1]) if first[0] < last[1] else first


def _zone(offset: str | None, zone: tzinfo) -> tzinfo:
    if offset is None:
        return zone
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError(offset)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if offset[0] == "-" else span)


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def _day_bounds(year: int, month: int | None, day: int | None, zone: tzinfo) -> Bounds:
    low = datetime(year, 1 if month is None else month, 1 if day is None else day, tzinfo=zone)
    try:
        if day is not None:
            high = low + timedelta(days=1)
        elif month is not None and month < 12:
            high = low.replace(month=month + 1)
        else:
            high = low.replace(year=year + 1, month=1)
    except (ValueError, OverflowError):
        return _utc(low), LATEST
    return _utc(low), _utc(high)


def _time_bounds(low: datetime, second: str | None, fraction: str | None) -> Bounds:
    if second is None:
        return _utc(low), _utc_after(low, timedelta(minutes=1))
    if int(second) > 60:
        raise ValueError(second)
    milliseconds = int(((fraction or "") + "000")[:3])
    start = _utc_after(low, timedelta(seconds=int(second), milliseconds=milliseconds))
    digits = len(fraction or "")
    return start, _utc_after(
        start, timedelta(milliseconds=10 ** (3 - digits)) if digits < 3 else _MILLISECOND
    )


def _utc(moment: datetime) -> datetime:
    try:
        return min(moment.astimezone(UTC), LATEST)
    except OverflowError:
        return EARLIEST if moment.year == 1 else LATEST


def _utc_after(moment: datetime, span: timedelta) -> datetime:
    try:
        return _utc(moment + span)
    except OverflowError:
        return LATEST
