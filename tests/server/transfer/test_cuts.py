"""The line breaks at every step, once and twice; the next run goes on, and the end is as if it never broke."""

import asyncio
import random

import pytest

from boshi.fhir.outcome import Resource
from boshi.server.transfer import open_cases, run_once
from boshi.server.transfer.cases import CASES
from boshi.server.transfer.finding import every_kept
from boshi.server.transfer.outgoing import load_outgoing
from tests.server.transfer.conftest import Towns
from tests.server.transfer.moving import CHILD_B, ask, decide, everything, of_type, settle

HOW = ("before", "after", "during")
STEPS = {"send": (0, 0), "poll": (1, 0), "fetch": (1, 1), "confirm": (1, 2)}
STORED = ("Patient", "RelatedPerson", "Encounter", "Observation", "Immunization", "Provenance", "Composition")


async def carried(towns: Towns, stage: int, cut: tuple[int, int], how: str, times: int) -> list[str]:
    """Run B's side of one stage with its n-th message cut so many times; then without a cut."""
    states = []
    for _ in range(times):
        cuts = {cut[1]: how} if cut[0] == stage else {}
        states += [one.outgoing.state for one in await run_once(towns.b, towns.transport(cuts))]
        cut = (cut[0], 1 if cut == STEPS["fetch"] else 0 if cut == STEPS["confirm"] else cut[1])
    states += [one.outgoing.state for one in await run_once(towns.b, towns.transport())]
    return states


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("step", STEPS)
async def test_a_line_cut_twice_resumes_where_it_broke(towns: Towns, step: str, how: str) -> None:
    await settle(towns)
    asked = await ask(towns.b, CHILD_B)
    await carried(towns, 0, STEPS[step], how, 2)
    assert len(await every_kept(towns.a, CASES)) == 1
    await decide(towns, towns.a)
    await carried(towns, 1, STEPS[step], how, 2)
    done = await load_outgoing(towns.b, asked.id)
    assert done is not None
    assert done.state == "confirmed"
    assert await open_cases(towns.a) == []
    assert_whole(await everything(towns.b))


def assert_whole(at_b: dict[str, Resource]) -> None:
    kinds = sorted(item["resourceType"] for item in of_type(at_b, *STORED).values())
    expected = ["Composition", "Encounter", *["Immunization"] * 2, *["Observation"] * 2, *["Patient"] * 2]
    assert kinds == [*expected, "Provenance", "RelatedPerson"]


async def test_nothing_is_stored_when_the_document_arrives_damaged(towns: Towns) -> None:
    await settle(towns)
    await ask(towns.b, CHILD_B)
    await run_once(towns.b, towns.transport())
    await decide(towns, towns.a)
    before = of_type(await everything(towns.b), *STORED)
    (progress,) = await run_once(towns.b, towns.transport({1: "damaged"}))
    assert "sha256" in progress.interrupted
    assert of_type(await everything(towns.b), *STORED) == before
    (progress,) = await run_once(towns.b, towns.transport())
    assert progress.outgoing.state == "confirmed"


async def test_stored_but_not_confirmed_is_confirmed_without_storing_twice(towns: Towns) -> None:
    await settle(towns)
    await ask(towns.b, CHILD_B)
    await run_once(towns.b, towns.transport())
    await decide(towns, towns.a)
    (cut,) = await run_once(towns.b, towns.transport({2: "before"}))
    assert cut.outgoing.state == "stored"
    versions = await towns.b.history("Patient", str(CHILD_B["id"]))
    (done,) = await run_once(towns.b, towns.transport())
    assert done.outgoing.state == "confirmed"
    assert await towns.b.history("Patient", str(CHILD_B["id"])) == versions
    assert await run_once(towns.b, towns.transport()) == []


@pytest.mark.parametrize("seed", range(2))
async def test_a_bad_line_delivers_in_the_end(towns: Towns, seed: int) -> None:
    await settle(towns)
    asked = await ask(towns.b, CHILD_B)
    chance = random.Random(seed)
    for _ in range(40):
        cuts = {message: chance.choice(HOW) for message in range(4) if chance.random() < 0.6}
        await run_once(towns.b, towns.transport(cuts))
        if [case.state for case in await open_cases(towns.a)] == ["waiting"]:
            await decide(towns, towns.a)
    done = await load_outgoing(towns.b, asked.id)
    assert done is not None
    assert done.state == "confirmed"
    assert_whole(await everything(towns.b))


async def test_two_runs_at_once_deliver_once(towns: Towns) -> None:
    await settle(towns)
    await ask(towns.b, CHILD_B)
    await asyncio.gather(*(run_once(towns.b, towns.transport()) for _ in range(4)))
    assert len(await every_kept(towns.a, CASES)) == 1
    await decide(towns, towns.a)
    await asyncio.gather(*(run_once(towns.b, towns.transport()) for _ in range(4)))
    await run_once(towns.b, towns.transport())
    assert_whole(await everything(towns.b))


async def test_two_clicks_make_one_request(towns: Towns) -> None:
    await settle(towns)
    first = await ask(towns.b, CHILD_B)
    assert (await ask(towns.b, CHILD_B)).id == first.id


async def test_a_request_lost_at_the_old_town_is_sent_again_under_its_key(towns: Towns) -> None:
    await settle(towns)
    await ask(towns.b, CHILD_B)
    await run_once(towns.b, towns.transport())
    (case,) = await open_cases(towns.a)
    for desk in (CASES, "transfer-open"):
        await towns.a.desk(desk).delete(case.id)
    (lost,) = await run_once(towns.b, towns.transport())
    assert lost.outgoing.state == "prepared"
    await run_once(towns.b, towns.transport())
    assert [one.id for one in await open_cases(towns.a)] == [case.id]
