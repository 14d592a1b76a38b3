"""Files become records: every row a resource or a reject, a file twice changes nothing, a cut import goes on."""

import asyncio
import base64
import csv
import random
import sys
import textwrap
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from boshi.fhir.codec import decode
from boshi.mappings import load_layout
from boshi.mappings.sample import make_sample
from boshi.profiles.systems import SOURCE_ROW_EXTENSION, atena, record, record_id
from boshi.server.deployment import open_deployment
from boshi.server.jobs.importing import import_files
from boshi.server.jobs.refused_files import FileRefused
from boshi.server.jobs.reports import FileReport
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings

TODAY = date(2026, 11, 1)
MOTHER, CHILD = "000000030000011", "000000030000013"


def _file(folder: Path, layout: str, rows: Sequence[dict[str, str]], name: str = "") -> Path:
    """A file of a layout, as UTF-8 with a mark; columns that a row does not tell are blank."""
    columns = list(load_layout(layout).columns)
    path = folder / (name or f"{layout}.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _resident(number: str, name: str, **cells: str) -> dict[str, str]:
    told = {"宛名番号": number, "氏名": name, "生年月日": "令和05年01月02日", "性別": "2", "住民状態": "1"}
    return told | cells


def _dose(number: str, **cells: str) -> dict[str, str]:
    told = {"宛名番号": number, "接種種類コード": "10019", "回数": "01", "枝番": "01", "接種区分": "1"}
    return told | {"実施日": "20230401"} | cells


async def _read(town: Repository, key: str) -> dict[str, Any]:
    stored = await town.read(*key.split("/"))
    assert stored is not None
    body = decode(stored.body)
    assert isinstance(body, dict)
    return body


async def _everything(town: Repository) -> dict[str, int]:
    kinds = ("Patient", "RelatedPerson", "Immunization", "Encounter", "Observation", "EpisodeOfCare")
    kinds += ("Provenance", "Binary")
    return {f"{one.type}/{one.id}": one.version for kind in kinds async for one in town.scan(kind)}


def _reasons(file: FileReport) -> dict[tuple[str, str], int]:
    return {(column, reason.code): count for (column, reason), count in file.reasons.items()}


def _rejects(path: Path | None) -> list[dict[str, str]]:
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_every_row_of_a_sample_is_a_resource_or_a_reject_and_the_counts_add_up(
    town: Repository, tmp_path: Path
) -> None:
    made = make_sample(5, 7, tmp_path, reference=TODAY)
    report = await import_files(town, [file.path for file in made.files])
    assert report.rows == made.rows
    assert report.files[0].layout == "residents"
    for file in report.files:
        assert file.rows == file.created + file.updated + file.unchanged + file.rejected
        assert (
            sum(file.reasons.values())
            == file.rejected
            == len(_rejects(file.rejects_file) if file.rejected else [])
        )
    assert report.rejected < report.rows / 50
    assert report.files[0].discarded["個人番号"] == report.files[0].rows
    stored = await _everything(town)
    counted = {kind: sum(counts.values()) for kind, counts in report.resources.items()}
    assert sum(key.startswith("Observation/") for key in stored) == counted["Observation"]

    again = await import_files(town, [file.path for file in made.files])
    assert (again.created, again.updated, again.rejected) == (0, 0, report.rejected)
    assert await _everything(town) == stored


async def test_a_resource_leads_to_its_raw_row_without_the_discarded_column(
    town: Repository, tmp_path: Path
) -> None:
    rows = [_resident(MOTHER, "佐藤　花", 個人番号="123456789018"), _resident(CHILD, "佐藤　葵")]
    path = _file(tmp_path, "residents", rows)
    await import_files(town, [path])
    child = f"Patient/{record_id('401005', 'residents', CHILD, 'Patient')}"
    (provenance,) = [await _read(town, f"Provenance/{one.id}") async for one in town.provenances_of([child])]
    target = next(target for target in provenance["target"] if target["reference"] == child)
    assert target["extension"] == [{"url": SOURCE_ROW_EXTENSION, "valueInteger": 3}]
    source = provenance["entity"][0]["what"]
    assert source["display"] == "residents.csv"
    assert provenance["agent"][0]["who"]["identifier"]["value"] == "local-administrator"
    text = base64.b64decode((await _read(town, source["reference"]))["data"]).decode()
    assert "佐藤　葵" in text and '"3"' in text and "123456789018" not in text


async def test_a_mother_further_down_in_the_file_is_linked_all_the_same(
    town: Repository, tmp_path: Path
) -> None:
    path = _file(
        tmp_path,
        "residents",
        [_resident(CHILD, "佐藤　葵", 母_宛名番号=MOTHER), _resident(MOTHER, "佐藤　花")],
    )
    report = await import_files(town, [path])
    assert (report.created, report.rejected) == (2, 0)
    link = await _read(town, f"RelatedPerson/{record_id('401005', 'residents', CHILD, 'mother')}")
    assert link["extension"][0]["valueReference"]["reference"].startswith("Patient/")
    before = await _everything(town)
    assert (await import_files(town, [path])).unchanged == 2
    assert await _everything(town) == before


async def test_a_mother_who_stands_in_no_file_is_known_by_her_number_only(
    town: Repository, tmp_path: Path
) -> None:
    path = _file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵", 母_宛名番号=MOTHER)])
    assert (await import_files(town, [path])).created == 1
    link = await _read(town, f"RelatedPerson/{record_id('401005', 'residents', CHILD, 'mother')}")
    assert "reference" not in link["extension"][0]["valueReference"]
    assert link["identifier"][-1] == {"system": atena("401005"), "value": MOTHER}
    assert (await import_files(town, [path])).unchanged == 1


async def test_a_row_of_a_person_who_is_not_here_is_rejected_mended_and_taken(
    town: Repository, tmp_path: Path
) -> None:
    people = _file(tmp_path, "residents", [_resident(MOTHER, "佐藤　花")])
    doses = _file(tmp_path, "immunization", [_dose(CHILD)])
    report = await import_files(town, [doses, people])
    assert (report.files[1].rejected, _reasons(report.files[1])) == (1, {("宛名番号", "no-such-person"): 1})
    rejects = report.files[1].rejects_file
    (row,) = _rejects(rejects)
    assert row["宛名番号"] == CHILD and row["行番号"] == "2" and "宛名ファイル" in row["対処"]
    await import_files(town, [_file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")], "more.csv")])
    assert rejects is not None
    assert (await import_files(town, [rejects])).created == 1


async def test_a_file_and_its_mended_rejects_are_never_taken_together(
    town: Repository, tmp_path: Path
) -> None:
    doses = _file(tmp_path, "immunization", [_dose(CHILD)])
    report = await import_files(town, [doses])
    rejects = report.files[0].rejects_file
    assert rejects is not None
    mended = rejects.read_bytes() + b"\r\n"
    rejects.write_bytes(mended)
    with pytest.raises(FileRefused) as refused:
        await import_files(town, [doses, rejects])
    assert refused.value.issues[0].expression == rejects.name
    assert rejects.read_bytes() == mended


async def test_a_row_that_contradicts_an_earlier_one_of_the_same_file_is_rejected_each_time(
    town: Repository, tmp_path: Path
) -> None:
    await import_files(town, [_file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")])])
    others = [_dose(CHILD, 回数=f"{number:02}", 枝番="02") for number in range(2, 50)] * 12
    wrong = [_dose(CHILD, 実施日="20230402"), _dose(CHILD, 回数="02", 枝番="02", 実施日="20230402")]
    path = _file(tmp_path, "immunization", [_dose(CHILD), _dose(CHILD), *others, *wrong])
    first = await import_files(town, [path])
    assert _reasons(first.files[0]) == {("", "contradiction"): 2}
    assert (first.created, first.unchanged) == (49, 48 * 11 + 1)
    rows = _rejects(first.files[0].rejects_file)
    assert [(row["行番号"], row["値"]) for row in rows] == [("580", "2行目"), ("581", "532行目")]
    before = await _everything(town)
    assert (await import_files(town, [path])).rejected == 2
    assert await _everything(town) == before


async def test_a_later_file_corrects_an_earlier_one(town: Repository, tmp_path: Path) -> None:
    await import_files(town, [_file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")])])
    moved = _file(
        tmp_path,
        "residents",
        [_resident(CHILD, "佐藤　葵") | {"住民状態": "2", "消除事由": "21", "消除日": "20261022"}],
        "residents-update.csv",
    )
    report = await import_files(town, [moved])
    assert (report.updated, report.resources["Patient"]["updated"]) == (1, 1)
    patient = await town.read("Patient", record_id("401005", "residents", CHILD, "Patient"))
    assert patient is not None and patient.version == 2 and b"2026-10-22" in patient.body


async def test_a_my_number_in_a_wrong_column_is_rejected_and_never_shown(
    town: Repository, tmp_path: Path
) -> None:
    await import_files(town, [_file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")])])
    path = _file(tmp_path, "immunization", [_dose(CHILD, 医師="123456789018"), _dose(CHILD, 回数="02")])
    report = await import_files(town, [path])
    assert _reasons(report.files[0]) == {("医師", "my-number"): 1} and report.created == 1
    rejects = report.files[0].rejects_file
    assert rejects is not None and "123456789018" not in rejects.read_text("utf-8-sig")


async def test_a_record_that_came_from_another_town_keeps_its_id_and_its_identifiers(
    town: Repository, tmp_path: Path
) -> None:
    await import_files(town, [_file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")])])
    path = _file(tmp_path, "immunization", [_dose(CHILD, ロット番号="K0123")])
    await import_files(town, [path])
    own = record_id("401005", "immunization", f"{CHILD}.10019.01.01", "immunization")
    received = await _read(town, f"Immunization/{own}")
    elsewhere = {"system": record("332119"), "value": "immunization|000000070000002.10019.01.01|immunization"}
    other = record_id("332119", "immunization", "000000070000002.10019.01.01", "immunization")
    here = {"system": record("401005"), "value": f"immunization|{CHILD}.10019.02.01|immunization"}
    await town.update({**received, "id": other, "identifier": [elsewhere, here]})
    report = await import_files(
        town, [_file(tmp_path, "immunization", [_dose(CHILD, 回数="02")], "second.csv")]
    )
    assert report.resources["Immunization"] == {"updated": 1}
    kept = await _read(town, f"Immunization/{other}")
    assert elsewhere in kept["identifier"]
    assert sum([1 async for _ in town.scan("Immunization")]) == 2
    assert (await import_files(town, [tmp_path / "second.csv"])).unchanged == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"PK\x03\x04" + bytes(100), "spreadsheet"),
        (random.Random(5).randbytes(4096), "cannot be decoded"),
        ("名前,年齢\r\n佐藤,3\r\n".encode(), "fits no layout"),
    ],
)
async def test_a_file_of_another_kind_is_refused_before_anything_is_taken(
    town: Repository, tmp_path: Path, content: bytes, told: str
) -> None:
    people = _file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")])
    strange = tmp_path / "strange.csv"
    strange.write_bytes(content)
    with pytest.raises(FileRefused, match=told) as refused:
        await import_files(town, [people, strange])
    assert refused.value.issues[0].expression.startswith("strange.csv")
    assert await _everything(town) == {}


async def test_a_file_of_another_layout_than_the_one_named_is_refused(
    town: Repository, tmp_path: Path
) -> None:
    people = _file(tmp_path, "residents", [_resident(CHILD, "佐藤　葵")])
    with pytest.raises(FileRefused, match="immunization"):
        await import_files(town, [people], layout="immunization")
    with pytest.raises(FileRefused, match="cannot be opened"):
        await import_files(town, [tmp_path / "nowhere.csv"])


async def test_progress_is_told_and_ends_at_the_file_s_size(town: Repository, tmp_path: Path) -> None:
    path = _file(tmp_path, "residents", [_resident(f"{n:015}", "佐藤　花") for n in range(1, 300)])
    told: list[tuple[str, int, int]] = []
    await import_files(town, [path], progress=lambda *step: told.append(step))
    assert len(told) > 1 and told[-1] == ("residents.csv", path.stat().st_size, path.stat().st_size)


KILLED = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from boshi.server.deployment import open_deployment
    from boshi.server.jobs.importing import import_files
    from boshi.server.requester import LOCAL_ADMINISTRATOR
    from boshi.server.settings import Settings

    async def work(data, *files):
        async with open_deployment(Settings(data=Path(data), municipalities=("401005",))) as deployment:
            town = deployment.repository("401005", LOCAL_ADMINISTRATOR)
            await import_files(town, [Path(f) for f in files], progress=lambda *step: print(step, flush=True))

    asyncio.run(work(*sys.argv[1:]))
""")


async def test_an_import_that_was_killed_is_run_again_complete_and_without_doubles(tmp_path: Path) -> None:
    made = make_sample(4, 7, tmp_path, reference=TODAY)
    files, data = [file.path for file in made.files], tmp_path / "data"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(data), *map(str, files), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(3):
        assert await process.stdout.readline()
    process.kill()
    await process.communicate()
    async with open_deployment(Settings(data=data, municipalities=("401005",))) as deployment:
        await _goes_on(deployment.repository("401005", LOCAL_ADMINISTRATOR), files)


async def _goes_on(town: Repository, files: Sequence[Path]) -> None:
    """What stood stays, what was missing comes, and each resource has one version and one Provenance."""
    cut = await _everything(town)
    assert any(key.startswith("Patient/") for key in cut)
    report = await import_files(town, files)
    assert report.unchanged > 0 and report.created > 0 and report.updated == 0
    stored = await _everything(town)
    assert set(stored.values()) == {1} and cut.keys() <= stored.keys()
    counted = sum(sum(counts.values()) for counts in report.resources.values())
    assert counted == sum(not key.startswith(("Provenance/", "Binary/")) for key in stored)
    targets = [
        target["reference"]
        async for one in town.scan("Provenance")
        for target in (await _read(town, f"Provenance/{one.id}"))["target"]
    ]
    assert len(targets) == len(set(targets)) == counted
