"""File → FHIR → file gives back what was accepted, value for value."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from boshi.fhir.outcome import Resource
from boshi.mappings import Layout, Row, load_layout, read_rows
from boshi.mappings.columns import codec
from boshi.mappings.sample import make_sample
from boshi.profiles.systems import atena, record
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
    assert again.rows == 1 and not again.left_out_files
    assert not report.left_out_files[0].exists()


async def test_the_list_of_what_a_file_cannot_hold_outlives_the_import_of_that_file(
    town: Repository, tmp_path: Path
) -> None:
    await _imported(town, tmp_path, families=4)
    named = {"resourceType": "Patient", "id": "x", "name": [{"text": "𠮷田　花"}], "birthDate": "2023-01-02"}
    rows = [{"system": record("401005"), "value": "residents|000000030009999|Patient"}]
    number = [{"system": atena("401005"), "value": "000000030009999"}]
    await town.put_many([{**named, "gender": "female", "identifier": [*rows, *number]}])
    report = await export_files(town, tmp_path / "out")
    (left_out,) = report.left_out_files
    await import_files(town, [path for path, _, _ in report.files])
    assert "000000030009999" in left_out.read_text(encoding="utf-8-sig")


async def test_records_that_no_layout_holds_are_counted_by_type_once(
    town: Repository, tmp_path: Path
) -> None:
    await _imported(town, tmp_path, families=4)
    people = [f"Patient/{one.id}" async for one in town.scan("Patient")]
    posted: list[Resource] = [
        {
            "resourceType": "Observation",
            "id": f"weight-{position}",
            "status": "final",
            "code": {"text": "体重"},
            "subject": {"reference": person},
            "performer": [{"reference": other}],
        }
        for position, (person, other) in enumerate(zip(people, reversed(people), strict=True))
    ]
    posted += [{"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "要連絡"},
                "subject": {"reference": people[0]}}]  # fmt: skip
    task: Resource = {"resourceType": "Task", "id": "t", "status": "requested", "intent": "order"}
    await town.put_many([*posted, {**task, "for": {"reference": people[0]}}])
    report = await export_files(town, tmp_path / "out", layouts=["immunization"])
    assert report.unheld == {"Observation": len(people), "Flag": 1}


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
