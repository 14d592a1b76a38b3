"""What real files have wrong, put into made-up rows at stated rates."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final

from boshi.mappings.sample.families import Rates
from boshi.mappings.sample.my_numbers import made_up_number
from boshi.mappings.sample.notation import other_notation, without_zeros
from boshi.mappings.sample.people import Family
from boshi.mappings.sample.rows import Row, Value, rows

UNKNOWN_DATE: Final = "不詳"
BROKEN: Final = "broken row"
UNKNOWN_CODE: Final = "unknown code"
MISPLACED: Final = "個人番号 in a wrong column"
UNKNOWN_CODES: Final = {
    "residents": ("続柄", "ZZ"),
    "pregnancy-notification": ("届出事由", "7"),
    "prenatal-checkup": ("尿糖", "8"),
    "birth": ("分娩方法", "9"),
    "infant-checkup-3-4m": ("項目コード", "Z99"),
    "immunization": ("実施区分", "8"),
}
"""A column of each layout, and a code that its list does not have."""
MAY_BE_UNKNOWN: Final = {"pregnancy-notification": "最終月経開始日"}
"""A date that mothers do not always know."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its cells, or `broken` when it shall be cut in the middle."""

    cells: Row
    broken: bool = False


@dataclass(slots=True)
class Told:
    """How many rows carry which flaw."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, flaw: str) -> None:
        """One more."""
        self.counts[flaw] = self.counts.get(flaw, 0) + 1


def misplaced_number(family: Family, rates: Rates) -> bool:
    """Whether a clerk has typed a 個人番号 into this family's records where none belongs."""
    every = rates.my_number_misplaced_one_family_in
    return bool(every) and family.index % every == every * 2 // 3 and bool(family.doses)


def lines(family: Family, seed: int, town: str, rates: Rates, told: Told) -> Iterator[tuple[str, Line]]:
    """Every line of `family` with its layout, flaws put in by a chance of the family's own."""
    chance = Random(f"boshi-flaws:{seed}:{family.index}")
    misplaced = misplaced_number(family, rates)
    for layout, row in rows(family, town):
        if misplaced and layout == "immunization":
            misplaced = False
            told.add(MISPLACED)
            yield layout, with_number(row)
            continue
        for line in flawed(chance, layout, row, rates, told):
            yield layout, line


def is_sound(family: Family, seed: int, town: str, rates: Rates) -> bool:
    """Whether every line of `family` can be taken in."""
    told = Told()
    for _ in lines(family, seed, town, rates, told):
        pass
    return not told.counts.keys() & {BROKEN, UNKNOWN_CODE, MISPLACED}


def flawed(chance: Random, layout: str, row: Row, rates: Rates, told: Told) -> Iterator[Line]:
    """The line or lines that stand in the file for `row`."""
    draw = chance.random()
    cells: dict[str, Value] = dict(row)
    for flaw, share in _shares(layout, rates):
        if draw < share:
            told.add(flaw)
            yield from _apply(chance, flaw, layout, cells)
            return
        draw -= share
    yield Line(cells)


def with_number(row: Row) -> Line:
    """The row with a made-up 個人番号 in the doctor's column."""
    return Line(dict(row) | {"医師": made_up_number(int(str(row["宛名番号"])))})


def _shares(layout: str, rates: Rates) -> Iterator[tuple[str, float]]:
    yield BROKEN, rates.broken
    yield "duplicate row", rates.duplicate
    yield UNKNOWN_CODE, rates.unknown_code
    yield "lost leading zeros", rates.lost_zeros
    if layout != "birth":
        yield "date in another notation", rates.other_notation
    if layout in MAY_BE_UNKNOWN:
        yield "date 不詳", rates.unknown_date


def _apply(chance: Random, flaw: str, layout: str, cells: dict[str, Value]) -> Iterator[Line]:
    if flaw == UNKNOWN_CODE:
        column, code = UNKNOWN_CODES[layout]
        cells[column] = code
    elif flaw == "lost leading zeros":
        for column, value in cells.items():
            if column.endswith("宛名番号") and value:
                cells[column] = without_zeros(str(value))
    elif flaw == "date in another notation":
        column, day = next((name, value) for name, value in cells.items() if isinstance(value, date))
        cells[column] = other_notation(chance, day)
    elif flaw == "date 不詳":
        cells[MAY_BE_UNKNOWN[layout]] = UNKNOWN_DATE
    if flaw == "duplicate row":
        yield Line(dict(cells))
    yield Line(cells, broken=flaw == BROKEN)
