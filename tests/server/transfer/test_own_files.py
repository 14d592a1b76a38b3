"""Records that came from another town, and this town's own files: nothing merged, nothing doubled, nothing lost."""

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from boshi.fhir.outcome import Resource
from boshi.mappings import load_layout
from boshi.mappings.sample import Movers, make_movers, make_sample
from boshi.profiles.systems import BASE, pregnancy, record
from boshi.server.jobs.exporting import export_files
from boshi.server.jobs.importing import import_files
from boshi.server.transfer import certain_and_proved, pending, run_once, work_desk
from boshi.server.transfer.finding import find_all
from tests.server.transfer.conftest import Towns
from tests.server.transfer.families import KITAKYUSHU, NAGASU
from tests.server.transfer.moving import ask

FAMILIES, SEED = 4, 7
KINDS = (
    "Patient",
    "RelatedPerson",
    "EpisodeOfCare",
    "Encounter",
    "Observation",
    "Immunization",
    "Provenance",
)
FATHER = f"{BASE}/StructureDefinition/father"


class Moved(NamedTuple):
    """Two towns after the move, and B's own files."""

    towns: Towns
    movers: Movers
    folder: Path

    @property
    def pregnancies(self) -> Path:
        return self.folder / f"pregnancy-notification-{NAGASU}.csv"


@pytest.fixture
async def moved(towns: Towns, tmp_path: Path) -> Moved:
    sample = make_sample(FAMILIES, SEED, tmp_path / "a", KITAKYUSHU)
    movers = make_movers(FAMILIES, SEED, tmp_path, KITAKYUSHU, NAGASU)
    await import_files(towns.a, [written.path for written in sample.files])
    await import_files(towns.a, [movers.departures])
    await import_files(towns.b, [movers.arrivals])
    for one in await pending(towns.b):
        await ask(towns.b, {"id": one.patient})
    await run_once(towns.b, towns.transport())
    await work_desk(towns.a, towns.directory, rule=certain_and_proved)
    await run_once(towns.b, towns.transport())
    await export_files(towns.b, tmp_path / "b")
    return Moved(towns, movers, tmp_path / "b")


async def _row(towns: Towns, kind: str, layout: str, key: str, place: str) -> Resource:
    """The resource of B's own row."""
    value = f"{layout}\\|{key}\\|{place}"
    (found,) = await find_all(towns.b, kind, [("identifier", f"{record(NAGASU)}|{value}")])
    return found


async def _all(towns: Towns) -> dict[str, Resource]:
    found = [item for kind in KINDS for item in await find_all(towns.b, kind, [])]
    return {f"{item['resourceType']}/{item['id']}": item for item in found}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="cp932", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="cp932", newline="") as file:
        writer = csv.DictWriter(file, list(load_layout("pregnancy-notification").columns), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


async def test_files_written_and_read_again_change_no_version_of_anything(moved: Moved) -> None:
    before = await _all(moved.towns)
    report = await import_files(moved.towns.b, sorted(moved.folder.glob(f"*-{NAGASU}.csv")))
    assert (report.created, report.updated, report.rejected) == (0, 0, 0)
    assert await _all(moved.towns) == before


async def test_a_pregnancy_of_the_same_number_here_is_another_record(moved: Moved) -> None:
    before = await _all(moved.towns)
    numbers_at_a = {
        identifier["value"].rpartition("-")[2]
        for item in before.values()
        for identifier in item.get("identifier", ())
        if identifier["system"] == pregnancy(KITAKYUSHU)
    }
    (first, *_) = _rows(moved.pregnancies)
    assert first["登録番号"] not in numbers_at_a
    ours = {
        "宛名番号": moved.movers.mother.new_number,
        "登録番号": min(numbers_at_a),
        "届出年月日": "20261120",
        "届出事由": "2",
    }
    report = await import_files(moved.towns.b, [_write(moved.folder / "own.csv", [ours])])
    assert (report.created, report.updated) == (1, 0)
    after = await _all(moved.towns)
    assert {key: item for key, item in after.items() if key in before} == before
    exported = await export_files(moved.towns.b, moved.folder / "again")
    assert exported.rows == sum(len(_rows(path)) for path in moved.folder.glob(f"*-{NAGASU}.csv")) + 1


async def test_a_correction_here_keeps_the_father_who_has_no_number_here(moved: Moved) -> None:
    (first, *_) = _rows(moved.pregnancies)
    assert first["父親_宛名番号"] == ""
    corrected = first | {"届出年月日": "20200101"}
    report = await import_files(moved.towns.b, [_write(moved.folder / "corrected.csv", [corrected])])
    assert report.updated == 1
    key = f"{first['宛名番号']}.{first['登録番号']}"
    episode = await _row(moved.towns, "EpisodeOfCare", "pregnancy-notification", key, "episode")
    assert episode["period"]["start"] == "2020-01-01"
    (father,) = [one for one in episode["extension"] if one["url"] == FATHER]
    assert father["valueReference"]["identifier"]["system"].endswith(KITAKYUSHU)


async def test_a_correction_here_keeps_the_visit_in_its_pregnancy(moved: Moved) -> None:
    (visit, *_) = _rows(moved.folder / f"prenatal-checkup-{NAGASU}.csv")
    path = moved.folder / "visit.csv"
    with path.open("w", encoding="cp932", newline="") as file:
        writer = csv.DictWriter(file, list(visit))
        writer.writeheader()
        writer.writerow(visit | {"受診日": "20200102"})
    assert (await import_files(moved.towns.b, [path])).updated == 1
    key = f"{visit['宛名番号']}.{visit['登録番号']}.{visit['受診回数']}"
    encounter = await _row(moved.towns, "Encounter", "prenatal-checkup", key, "encounter")
    (episode,) = encounter["episodeOfCare"]
    assert episode["reference"] in await _all(moved.towns)
