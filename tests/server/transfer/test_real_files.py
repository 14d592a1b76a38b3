"""The way of real files: A's sample files, the move in both towns' residents files, the pull of mother and child."""

from pathlib import Path

from boshi.mappings.sample import make_movers, make_sample
from boshi.server.jobs.exporting import export_files
from boshi.server.jobs.importing import import_files
from boshi.server.summary import fit, summary, to_html
from boshi.server.transfer import certain_and_proved, pending, run_once, work_desk
from tests.server.transfer.conftest import Towns
from tests.server.transfer.families import KITAKYUSHU, NAGASU
from tests.server.transfer.moving import ask, everything, of_type

FAMILIES = 12
SEED = 7
RECORDS = ("EpisodeOfCare", "Encounter", "Observation", "Immunization")


async def test_a_mother_and_a_child_move_from_files_to_a_page(towns: Towns, tmp_path: Path) -> None:
    sample = make_sample(FAMILIES, SEED, tmp_path / "a", KITAKYUSHU)
    movers = make_movers(FAMILIES, SEED, tmp_path, KITAKYUSHU, NAGASU)
    await import_files(towns.a, [written.path for written in sample.files])
    await import_files(towns.a, [movers.departures])
    await import_files(towns.b, [movers.arrivals])
    at_first = await everything(towns.b)
    assert not of_type(at_first, *RECORDS)

    newcomers = await pending(towns.b)
    assert {one.atena for one in newcomers} >= {movers.mother.new_number, movers.child.new_number}
    for one in newcomers:
        await ask(towns.b, {"id": one.patient})
    await run_once(towns.b, towns.transport())
    decided = await work_desk(towns.a, towns.directory, rule=certain_and_proved)
    assert {case.finding for case in decided} == {"matched"}
    progress = await run_once(towns.b, towns.transport())
    assert {(one.outgoing.state, one.interrupted) for one in progress} == {("confirmed", "")}
    assert {one.outgoing.differing for one in progress} == {()}

    at_last = await everything(towns.b)
    assert of_type(at_last, "Patient").keys() == of_type(at_first, "Patient").keys()
    arrived = of_type(at_last, *RECORDS)
    at_a = await everything(towns.a)
    assert arrived
    assert arrived.keys() <= at_a.keys()
    people = {f"Patient/{one.patient}" for one in newcomers}
    for item in arrived.values():
        assert (item.get("subject") or item["patient"])["reference"] in people

    for one in newcomers:
        page = fit(await summary(towns.b, one.patient, town_name=towns.directory.name))
        assert " ".join(one.name.split()) in to_html(page)
        lines = [line for section in page.sections for line in section.lines]
        assert lines
        assert {line.source.town for line in lines} <= {"北九州市", "長洲町"}
        assert any(line.source.town == "北九州市" for line in lines)

    before = await everything(towns.b)
    exported = await export_files(towns.b, tmp_path / "out")
    await import_files(towns.b, sorted((tmp_path / "out").glob(f"*-{NAGASU}.csv")))
    after = await everything(towns.b)
    kept = ("Patient", "RelatedPerson", *RECORDS)
    assert of_type(after, *kept) == of_type(before, *kept)
    assert {one.layout for one in exported.left_out} <= {"birth"}, "of the child that did not move"
