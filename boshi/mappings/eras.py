"""Japanese eras, and the notations in which municipal files write dates.

Reading takes every notation; a column writes one of `NOTATIONS`. Era names by law: 明治 from 1868-09-08,
大正 1912-07-30, 昭和 1926-12-25, 平成 1989-01-08, 令和 2019-05-01.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Era:
    """One era: `start` its first day, `end` the last day that may still bear its name."""

    name: str
    letter: str
    number: int
    start: date
    end: date

    def western(self, year: int) -> int:
        """The calendar year of this era's `year` (元年 is 1)."""
        return self.start.year + year - 1


ERAS: Final = (
    Era("明治", "M", 1, date(1868, 9, 8), date(1912, 7, 30)),
    Era("大正", "T", 2, date(1912, 7, 30), date(1926, 12, 25)),
    Era("昭和", "S", 3, date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", "H", 4, date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", "R", 5, date(2019, 5, 1), date.max),
)
_BY_MARK: Final = {mark: era for era in ERAS for mark in (era.name, era.letter, str(era.number))}


@dataclass(frozen=True, slots=True)
class ReadDate:
    """A date as read: `value` a FHIR date of the known precision, None when not even the year is known.

    `inexact`: parts are known that a FHIR date cannot hold (a day without its month); keep the source text.
    `outside`: the name of an era that did not reign on that day.
    """

    value: str | None
    inexact: bool = False
    outside: str = ""


_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)\Z")
_COMPACT_MONTH = re.compile(r"(?P<y>(?:18|19|20)\d\d)(?P<m>\d\d)\Z")
_WESTERN = re.compile(r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?)?\Z")
_KANJI = re.compile(
    r"(?P<e>明治|大正|昭和|平成|令和)?(?P<y>\d{1,4}|元|不詳)年"
    r"(?:(?P<m>\d{1,2}|不詳)月(?:(?P<d>\d{1,2}|不詳)日?)?)?(?:月日不詳|日不詳)?\Z"
)
_LETTER = re.compile(
    r"(?P<e>[MTSHRmtshr])(?P<y>\d{1,2}|元)(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?)?\Z"
)
_LETTER_COMPACT = re.compile(r"(?P<e>[MTSHR])(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)\Z")
_ERA_NUMBER = re.compile(r"(?P<e>[1-5])(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)\Z")
_SHAPES: Final = (_COMPACT, _WESTERN, _KANJI, _LETTER, _LETTER_COMPACT, _ERA_NUMBER, _COMPACT_MONTH)
UNKNOWN_TEXTS: Final = frozenset({"不詳", "不明", "年月日不詳", "生年月日不詳", "99999999", "9999999"})
_UNKNOWN_PARTS: Final = frozenset({None, "不詳", "00", "99", "0000", "9999"})


@lru_cache(maxsize=16384)
def read_date(text: str) -> ReadDate | None:
    """The date that `text` writes in any notation of municipal files; None when it writes none."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("不明", "不詳")
    if plain in UNKNOWN_TEXTS:
        return ReadDate(None)
    for shape in _SHAPES:
        if found := shape.match(plain):
            return _assemble(found.groupdict())
    return None


def _assemble(parts: dict[str, str | None]) -> ReadDate | None:
    mark = parts.get("e")
    era = _BY_MARK[mark.upper()] if mark else None
    year, month, day = _part(parts["y"]), _part(parts.get("m")) or None, _part(parts.get("d")) or None
    if year is None:
        return ReadDate(None, inexact=bool(era or month or day))
    if year == 0 or (era is None and year < 1000):
        return None
    western = era.western(year) if era else year
    if not _exists(western, month or 1, day if month and day else 1):
        return None
    outside = era.name if era and not _reigns(era, western, month, day) else ""
    if month is None:
        return ReadDate(f"{western:04d}", day is not None, outside)
    return ReadDate(f"{western:04d}-{month:02d}" + (f"-{day:02d}" if day else ""), False, outside)


def _part(text: str | None) -> int | None:
    if text in _UNKNOWN_PARTS:
        return None
    return 1 if text == "元" else int(text or 0)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _reigns(era: Era, year: int, month: int | None, day: int | None) -> bool:
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or 28)
    return last >= era.start and first <= era.end


def _era_of(year: int, month: int | None, day: int | None) -> Era | None:
    on = date(year, month or 12, day or 28)
    return next((era for era in reversed(ERAS) if on >= era.start), None)


Parts = tuple[int, int | None, int | None]


def _compact(parts: Parts) -> str:
    year, month, day = parts
    return f"{year:04d}{month or 0:02d}{day or 0:02d}"


def _separated(mark: str) -> Callable[[Parts], str]:
    return lambda parts: mark.join(
        f"{part:0{width}d}" for part, width in zip(parts, (4, 2, 2), strict=True) if part is not None
    )


def _kanji(parts: Parts) -> str:
    return "".join(f"{part}{unit}" for part, unit in zip(parts, "年月日", strict=True) if part is not None)


def _in_era(write: Callable[[Era, int, Parts], str]) -> Callable[[Parts], str | None]:
    def written(parts: Parts) -> str | None:
        era = _era_of(*parts)
        return write(era, parts[0] - era.start.year + 1, parts) if era else None

    return written


def _era_letter(era: Era, year: int, parts: Parts) -> str:
    return ".".join([f"{era.letter}{year:02d}", *(f"{part:02d}" for part in parts[1:] if part is not None)])


def _era_kanji(era: Era, year: int, parts: Parts) -> str:
    rest = (f"{part:02d}{unit}" for part, unit in zip(parts[1:], "月日", strict=True) if part is not None)
    return f"{era.name}{year:02d}年" + "".join(rest)


def _era_number(era: Era, year: int, parts: Parts) -> str:
    return f"{era.number}{year:02d}{parts[1] or 0:02d}{parts[2] or 0:02d}"


NOTATIONS: Final[dict[str, Callable[[Parts], str | None]]] = {
    "yyyyMMdd": _compact,
    "yyyy/MM/dd": _separated("/"),
    "yyyy-MM-dd": _separated("-"),
    "yyyy年M月d日": _kanji,
    "gyy.MM.dd": _in_era(_era_letter),
    "ggyy年MM月dd日": _in_era(_era_kanji),
    "eyyMMdd": _in_era(_era_number),
}
_FHIR_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z")


def write_date(value: str, notation: str) -> str | None:
    """A FHIR date in a notation of `NOTATIONS`; None when it cannot be written so (before 明治)."""
    found = _FHIR_DATE.match(value)
    if not found:
        return None
    year, month, day = found.groups()
    return NOTATIONS[notation]((int(year), int(month) if month else None, int(day) if day else None))
