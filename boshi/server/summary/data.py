"""One person on one A4 page, as plain data: what the 保健師 of the new town needs first."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

PAGE_ROWS: Final = 52
"""Rows that fit the page below the head, titles of sections included."""
TEXT_EMS: Final = 36.0
SOURCE_EMS: Final = 27.0
FACT_EMS: Final = 52.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line comes from: the town of first origin, the day, the file or clinic."""

    town: str
    day: str
    place: str

    @property
    def text(self) -> str:
        """All of it in one string."""
        return " ".join(part for part in (self.town, self.day, self.place) if part)


@dataclass(frozen=True, slots=True)
class Line:
    """One fact and its source."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title, most needed first. `left_out` counts those that the page had no room for."""

    title: str
    lines: tuple[Line, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The page: who (name, kana, facts), the sections in the order of need, the town and day it was made."""

    name: str
    kana: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    town: str
    day: str
    warning: str = ""


def fit(summary: Summary, rows: int = PAGE_ROWS) -> Summary:
    """The summary as the page holds it: each section keeps its most needed lines and tells how many it left out.

    Every section gets a fair share first; what one does not need goes to the others, in their order.
    """
    wanted = [len(section.lines) for section in summary.sections]
    given = _shares(wanted, rows - len(summary.facts) - 2 * len(wanted))
    sections = [
        replace(
            section,
            lines=tuple(_shortened(line) for line in section.lines[:count]),
            left_out=section.left_out + len(section.lines) - count,
        )
        for section, count in zip(summary.sections, given, strict=True)
    ]
    facts = tuple((label, shorten(value, FACT_EMS)) for label, value in summary.facts)
    name, kana = shorten(summary.name, 24.0), shorten(summary.kana, 36.0)
    return replace(summary, name=name, kana=kana, facts=facts, sections=tuple(sections))


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    room = max(room, 0)
    fair = room // len(wanted) if wanted else 0
    given = [min(count, fair) for count in wanted]
    for place, count in enumerate(wanted):
        given[place] += min(count - given[place], room - sum(given))
    return given


def _shortened(line: Line) -> Line:
    place_room = SOURCE_EMS - ems(replace(line.source, place="").text) - 1.0
    source = replace(line.source, place=shorten(line.source.place, place_room))
    return Line(shorten(line.text, TEXT_EMS), source)


def ems(text: str) -> float:
    """About how wide a text is, in widths of a full-width character."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.62 for character in text)


def shorten(text: str, room: float) -> str:
    """The text, or as much of it as fits with … at its end."""
    flat = " ".join(text.split())
    if ems(flat) <= room:
        return flat
    kept = ""
    for character in flat:
        if ems(kept + character) > room - 1.0:
            break
        kept += character
    return kept + "…"
