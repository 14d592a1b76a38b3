import asyncio
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from boshi.fhir.codec import decode
from boshi.server.deployment import Deployment, open_deployment
from boshi.server.repository import Delete, Repository, Update
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from tests.server.store.records import ATENA, asked, patient, weight


@pytest.fixture
def fast_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


async def _every_path(town: Repository, turn: int) -> None:
    """Writes and reads in each way there is; what comes back must name this town."""
    mine = town.town_code
    name = [{"text": mine}]
    number = f"{turn:015}"
    mother = patient("hanako", name=name, identifier=[{"system": ATENA, "value": number}])
    condition = asked("Patient", identifier=f"{ATENA}|{number}-{turn}")
    await town.update(mother)
    created = await town.create(weight("hanako", f"{turn}.0"))
    await town.put_many([patient(f"child{turn}", name=name)])
    conditional = await town.create(
        patient(name=name, identifier=[{"system": ATENA, "value": f"{number}-{turn}"}]),
        if_none_exist=condition,
    )
    await town.transact([Update(patient("taro", name=[{"text": mine}, {"text": str(turn)}]))])
    await town.transact([Delete("Observation", created.stored.id)])
    await town.desk("transfer").put("who", {"town": mine})
    found = await town.read_many(["Patient/hanako", "Patient/taro", f"Patient/child{turn}"])
    versions = await town.history("Patient", "taro")
    page = await town.search(asked("Patient", identifier=f"{ATENA}|{number}"))
    read = [await town.read("Patient", "hanako"), await town.vread("Patient", "taro", 1)]
    bodies = [*found.values(), *versions, *read, conditional.stored, *(row.stored for row in page.rows)]
    assert {decode(stored.body)["name"][0]["text"] for stored in bodies} == {mine}
    assert len(page.rows) == 1
    assert (await town.desk("transfer").get("who")).value == {"town": mine}


@pytest.mark.usefixtures("fast_switching")
async def test_two_towns_never_see_each_other(two_towns: Deployment):
    repositories = [two_towns.repository(code, LOCAL_ADMINISTRATOR) for code in two_towns.codes]

    async def worker(town: Repository) -> None:
        for turn in range(12):
            await _every_path(town, turn)

    await asyncio.gather(*(worker(town) for town in repositories))
    await _hold_only_their_own(two_towns)


@pytest.mark.usefixtures("fast_switching")
async def test_two_towns_in_several_threads_never_see_each_other(settings: Settings, two_towns: Deployment):
    failures: list[BaseException] = []

    async def serve(code: str) -> None:
        both = settings.model_copy(update={"municipalities": two_towns.codes})
        async with open_deployment(both) as opened:
            for turn in range(6):
                await _every_path(opened.repository(code, LOCAL_ADMINISTRATOR), turn)

    def run(code: str) -> None:
        try:
            asyncio.run(serve(code))
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=run, args=(code,)) for code in two_towns.codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert failures == []
    await _hold_only_their_own(two_towns)


async def _hold_only_their_own(deployment: Deployment) -> None:
    for served in deployment.towns:
        bodies = [row["b"] async for row in served.journal.find({"t": "Patient", "b": {"$exists": True}})]
        assert bodies
        assert {decode(body)["name"][0]["text"] for body in bodies} == {served.code}
