import asyncio
import json
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import pytest

from boshi.server.deployment import Deployment
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from tests.server.store.records import ATENA, asked, patient

NUMBER = "000000000012345"
BY_NUMBER = {"identifier": f"{ATENA}|{NUMBER}"}
BY_BARE_NUMBER = {"identifier": NUMBER}
BY_PERSON = {"family": "佐藤", "birthdate": "1994-05-17"}
BY_SECOND_NUMBER = {"identifier": "urn:oid:1.2.3|777"}

CRITERIA = {
    "the same identifier": [BY_NUMBER],
    "family name and birth date": [BY_PERSON],
    "overlapping criteria": [BY_NUMBER, {**BY_NUMBER, "gender": "female"}, BY_BARE_NUMBER],
    "crossing criteria": [BY_NUMBER, BY_SECOND_NUMBER],
    "identifier against demographics": [BY_NUMBER, BY_PERSON],
}


def _hanako() -> dict:
    second = {"system": "urn:oid:1.2.3", "value": "777"}
    return patient(identifier=[{"system": ATENA, "value": NUMBER}, second])


@pytest.mark.parametrize("criteria", CRITERIA.values(), ids=CRITERIA.keys())
async def test_of_fifty_conditional_creates_at_once_one_makes_the_resource(town: Repository, criteria: list):
    written = await asyncio.gather(
        *(
            town.create(_hanako(), if_none_exist=asked("Patient", **criteria[n % len(criteria)]))
            for n in range(50)
        )
    )
    assert sum(outcome.created for outcome in written) == 1
    assert len({outcome.stored for outcome in written}) == 1
    assert await town.count(asked("Patient", **BY_NUMBER)) == 1


async def test_conditional_creates_of_two_processes_at_once_make_one_resource(
    deployment: Deployment,
):
    racers = [
        await create_subprocess_exec(
            sys.executable, "-m", "tests.server.store.racer", deployment.mongo.uri, stdin=PIPE, stdout=PIPE
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert await racer.stdout.readline() == b"ready\n"
    for racer in racers:
        racer.stdin.write(b"go\n")
    told = [json.loads((await racer.communicate())[0]) for racer in racers]
    for place in range(len(told[0])):
        assert len({id for racer in told for id in racer[place]}) == 1


async def test_several_matches_are_refused_412(town: Repository):
    await town.put_many([patient("hanako"), patient("double")])
    with pytest.raises(Refused) as refused:
        await town.create(patient(), if_none_exist=asked("Patient", **BY_NUMBER))
    assert refused.value.status == 412
    assert await town.count(asked("Patient", **BY_NUMBER)) == 2


async def test_a_deleted_match_does_not_count(town: Repository):
    await town.update(patient("hanako"))
    await town.delete("Patient", "hanako")
    written = await town.create(patient(), if_none_exist=asked("Patient", **BY_NUMBER))
    assert written.created and written.stored.id != "hanako"


async def test_what_matches_is_answered_as_it_is_stored(town: Repository):
    first = await town.create(patient())
    again = await town.create(patient(gender="unknown"), if_none_exist=asked("Patient", **BY_NUMBER))
    assert again.stored == first.stored and not again.created and not again.changed
