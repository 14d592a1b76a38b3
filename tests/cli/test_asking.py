"""Whom `boshi transfer request` means."""

import pytest

from boshi.cli.transfer.asking import ask_for, everybody_pending, line_of, named
from boshi.fhir.outcome import Resource
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.transfer import Outgoing
from tests.server.transfer.families import NAGASU, number, patient

TOLD = ("健康課", "山田 花子", "乳幼児健診")


def _newcomer(digits: int, **more: str) -> Resource:
    return patient("401005", digits, "吉田", "凛", "ヨシダ リン", home=digits, came_from=NAGASU, **more)


async def test_somebody_who_was_asked_for_before_can_be_asked_for_again_by_number(town: Repository) -> None:
    await town.put_many([_newcomer(12, address="北九州市若松区1")])
    (first,) = await ask_for(town, await everybody_pending(town), *TOLD)
    assert await everybody_pending(town) == []
    assert [one.id for one in await ask_for(town, await named(town, ["12"]), *TOLD)] == [first.id]


async def test_naming_a_protected_person_is_not_yet_a_decision_to_ask(town: Repository) -> None:
    await town.put_many([_newcomer(13, address="秘匿", protection="support-1")])
    assert await everybody_pending(town) == []
    chosen = await named(town, [number(13)])
    with pytest.raises(Refused):
        await ask_for(town, chosen, *TOLD)
    assert await ask_for(town, chosen, *TOLD, despite_protection=True)


async def test_a_number_that_nobody_has_asks_for_nobody(town: Repository) -> None:
    await town.put_many([_newcomer(12, address="北九州市若松区1")])
    with pytest.raises(Refused) as refused:
        await named(town, ["12", "999"])
    assert "999" in refused.value.issues[0].text and "12" not in refused.value.issues[0].text.split()


def test_what_was_kept_as_it_stands_here_is_named() -> None:
    outgoing = Outgoing("k", "p", "401005", "2026-11-22", "{}", state="confirmed", unchanged_records=390)
    assert "EpisodeOfCare" not in line_of(outgoing)
    assert "EpisodeOfCare/9b0d" in line_of(outgoing.becoming("confirmed", differing=("EpisodeOfCare/9b0d",)))
    assert "390" in line_of(outgoing)
