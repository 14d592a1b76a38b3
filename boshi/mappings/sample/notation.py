"""How real files write a value: the notation of the column, and what has gone wrong with it."""

from datetime import date, datetime
from random import Random
from typing import Final

from boshi.mappings.sample.rows import Value

ERAS: Final = (
    (date(2019, 5, 1), "令和", "R", 2018),
    (date(1989, 1, 8), "平成", "H", 1988),
    (date(1926, 12, 25), "昭和", "S", 1925),
)


def written(value: Value, notation: str) -> str:
    """The text of `value`; `notation` is the column's, for dates and times."""
    if isinstance(value, datetime):
        return value.strftime("%Y/%m/%d %H:%M")
    if isinstance(value, date):
        return japanese_date(value) if notation.startswith("g") else value.strftime("%Y%m%d")
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)


def japanese_date(day: date) -> str:
    """`ggyy年MM月dd日`, with 元年 as 01."""
    era, _, before = next((name, letter, zero) for first, name, letter, zero in ERAS if day >= first)
    return f"{era}{day.year - before:02}年{day.month:02}月{day.day:02}日"


def other_notation(chance: Random, day: date) -> str:
    """The same day as another clerk wrote it."""
    era, letter, before = next((name, letter, zero) for first, name, letter, zero in ERAS if day >= first)
    year = day.year - before
    return chance.choice(
        (
            f"{letter}{year:02}.{day.month:02}.{day.day:02}",
            f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日",
            day.strftime("%Y/%m/%d"),
        )
    )


def without_zeros(digits: str) -> str:
    """What Excel leaves of a number with leading zeros."""
    return digits.lstrip("0") or digits
