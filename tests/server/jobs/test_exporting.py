"""File → FHIR → file gives back what was accepted, value for value."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from boshi.mappings import Layout, Row, load_layout, read_rows
from boshi.mappings.columns import codec
from boshi.mappings.sample import make_sample
from boshi.server.jobs.exporting import export_files
from boshi.server.jobs.importing import import_files
from boshi.server.jobs.reports import ImportReport
from boshi.server.repository import Repository

TODAY = date(2026, 11, 1)
EVERY_CHARACTER = {"residents": "utf-8-sig"}


async def _imported(town: Repository, folder: Path, families: int = 8) -> ImportReport:
    made = make_sample(families, 7, folder / "in", reference=TODAY)
    return await import_files(town, [file.path for file in made.files], data_dir=folder / "rejects")


def _values(layout: Layout, path: Path, besides: set[int] = frozenset()) -> Counter:  # type: ignore[assignment]
    """Every row as the values that its texts mean, so that 1 and 01, or two notations of a day, are one."""
    readers = {name: codec(column)[0] for name, column in layout.columns.items() if not column.discard}
    with path.open("rb") as stream:
        rows = [
            row for row in read_rows(stream, layout) if isinstance(row, Row) and row.number not in besides
        ]
    return Counter(
        tuple(
            (name, str(value))
            for name, reader in readers.items()
            if (value := _value(reader, row.cells[name]))
        )
        for row in rows
    )


def _value(reader: Callable[[str], object], cell: str) -> object:
    return reader(cell) if cell else None


def _rejected_rows(path: Path | None) -> set[int]:
    if path is None:
        return set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(row["行番号"]) for row in csv.DictReader(file)}


async def test_every_accepted_row_of_every_layout_comes_back_with_the_same_values(
    town: Repository, tmp_path: Path
) -> None:
    imported = await _imported(town, tmp_path)
    exported = await export_files(town, tmp_path / "out", encodings=EVERY_CHARACTER)
    assert not exported.left_out
    for file, (path, name, rows) in zip(imported.files, exported.files, strict=True):
        layout = load_layout(name)
        before = _values(layout, file.path, _rejected_rows(file.rejects_file))
        after = _values(layout, path)
        assert set(after) == set(before), name
        assert sum(after.values()) == rows == len(before)


async def test_what_cp932_cannot_hold_is_listed_and_never_a_question_mark(
    town: Repository, tmp_path: Path
) -> None:
    residents = tmp_path / "residents.csv"
    header = ",".join(name for name, column in load_layout("residents").columns.items() if not column.discard)
    row = "000000030000001,,𠮷田　花,ﾖｼﾀﾞ ﾊﾅ,,,,令和05年01月02日,2,,,,,1,,,,,,,,,,"
    residents.write_text(f"{header}\r\n{row}\r\n", encoding="utf-8-sig")
    assert (await import_files(town, [residents])).created == 1
    report = await export_files(town, tmp_path / "out", layouts=["residents"])
    (left,) = report.left_out
    assert (left.column, report.rows) == ("氏名", 0) and "𠮷" in left.reason_ja
    assert b"?" not in (tmp_path / "out" / "residents-401005.csv").read_bytes()
    again = await export_files(town, tmp_path / "out", layouts=["residents"], encodings=EVERY_CHARACTER)
    assert again.rows == 1 and not (tmp_path / "out" / "residents-401005.csv.rejects.csv").exists()


async def test_an_export_follows_the_order_of_numbers_and_ends_with_complete_files(
    town: Repository, tmp_path: Path
) -> None:
    await _imported(town, tmp_path, families=4)
    await export_files(town, tmp_path / "out", layouts=["residents"], encodings=EVERY_CHARACTER)
    with (tmp_path / "out" / "residents-401005.csv").open("rb") as stream:
        numbers = [
            row.cells["宛名番号"]
            for row in read_rows(stream, load_layout("residents"))
            if isinstance(row, Row)
        ]
    assert numbers == sorted(numbers) and numbers
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["residents-401005.csv"]
