"""The sample's files: the same bytes for the same seed, the layouts' columns, the stated flaws."""

import csv
from datetime import date
from pathlib import Path

import pytest

from boshi.mappings.sample import Rates, make_movers, make_sample
from boshi.mappings.sample.files import columns
from boshi.mappings.sample.rows import LAYOUTS

TODAY = date(2026, 11, 1)


def _rows(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_sample(12, 3, tmp_path / name, reference=TODAY)
    make_sample(12, 4, tmp_path / "other", reference=TODAY)
    for layout in LAYOUTS:
        name = f"{layout}-401005.csv"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert (tmp_path / "one" / "residents-401005.csv").read_bytes() != (
        tmp_path / "other" / "residents-401005.csv"
    ).read_bytes()


def test_more_families_only_add_lines(tmp_path: Path) -> None:
    make_sample(5, 3, tmp_path / "few", reference=TODAY)
    make_sample(9, 3, tmp_path / "many", reference=TODAY)
    few = (tmp_path / "few" / "immunization-401005.csv").read_bytes()
    assert (tmp_path / "many" / "immunization-401005.csv").read_bytes().startswith(few)


def test_every_file_has_the_columns_of_its_layout_and_the_rows_it_reports(tmp_path: Path) -> None:
    report = make_sample(20, 3, tmp_path, reference=TODAY)
    for file in report.files:
        lines = file.path.read_bytes().split(b"\r\n")
        assert len(lines) == file.rows + 2 and lines[-1] == b""
        assert lines[0].count(b'","') == len(columns(file.layout)) - 1


def test_residents_are_utf8_with_a_mark_and_checkups_are_cp932(tmp_path: Path) -> None:
    make_sample(40, 3, tmp_path, reference=TODAY, rates=Rates(beyond_cp932_surname=0.3))
    assert (tmp_path / "residents-401005.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert any("\U00020bb7" in row["氏名"] for row in _rows(tmp_path / "residents-401005.csv"))
    assert _rows(tmp_path / "birth-401005.csv", "cp932")


def test_the_flaws_stand_at_about_their_rates(tmp_path: Path) -> None:
    report = make_sample(300, 7, tmp_path, reference=TODAY)
    assert report.rows > 15_000
    assert 0.0005 < report.flaws["broken row"] / report.rows < 0.0015
    assert report.flaws["個人番号 in a wrong column"] == 1
    assert {"duplicate row", "unknown code", "lost leading zeros", "date 不詳"} <= report.flaws.keys()


def test_a_mother_and_the_younger_of_two_children_arrive_with_new_numbers(tmp_path: Path) -> None:
    make_sample(60, 7, tmp_path, reference=TODAY)
    movers = make_movers(60, 7, tmp_path, reference=TODAY)
    mother, child = _rows(movers.arrivals)
    assert (mother["宛名番号"], child["宛名番号"]) == (movers.mother.new_number, movers.child.new_number)
    assert child["母_宛名番号"] == mother["宛名番号"]
    assert mother["記載事由"] == "01" and mother["前団体コード"] == "401005" and mother["前住所"]
    old = {row["宛名番号"]: row for row in _rows(tmp_path / "residents-401005.csv")}
    assert old[movers.mother.old_number]["氏名"] == mother["氏名"]
    assert old[movers.child.old_number]["生年月日"] == child["生年月日"]
    assert movers.stays is not None and movers.stays.old_number in old


def test_the_old_town_is_told_of_the_departure(tmp_path: Path) -> None:
    movers = make_movers(60, 7, tmp_path, reference=TODAY)
    gone = _rows(movers.departures)
    assert [row["宛名番号"] for row in gone] == [movers.mother.old_number, movers.child.old_number]
    assert {(row["住民状態"], row["消除事由"], row["消除日"]) for row in gone} == {("2", "21", "20261022")}


def test_a_family_under_protection_can_be_chosen_to_move(tmp_path: Path) -> None:
    movers = make_movers(300, 7, tmp_path, reference=TODAY, protected=True)
    assert _rows(movers.departures)[0]["支援措置区分"] in ("1", "2")


def test_too_few_families_are_told_so(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="make more"):
        make_movers(0, 7, tmp_path, reference=TODAY)
