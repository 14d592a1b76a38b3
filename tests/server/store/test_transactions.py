import asyncio

import pytest
from pymongo.errors import PyMongoError

from boshi.fhir.codec import decode
from boshi.server.deployment import Deployment
from boshi.server.refusal import Refused
from boshi.server.repository import ChangeRefused, Create, Delete, Repository, Update
from boshi.server.store.gate import Gate
from boshi.server.store.rows import journal_key
from tests.server.store.records import ATENA, asked, patient, weight


async def test_a_transaction_is_done_whole_or_not_at_all(town: Repository):
    with pytest.raises(ChangeRefused) as refused:
        await town.transact([Update(patient("hanako")), Create(weight("hanako")), Create(weight("nobody"))])
    assert refused.value.index == 2 and refused.value.status == 422
    assert await town.read("Patient", "hanako") is None
    assert await town.history("Patient", "hanako") == []


async def test_the_change_that_is_refused_is_told_by_its_index(town: Repository):
    with pytest.raises(ChangeRefused) as refused:
        await town.transact([Update(patient("hanako")), Update(patient("taro", gender="woman"))])
    assert refused.value.index == 1 and refused.value.status == 400
    with pytest.raises(ChangeRefused) as refused:
        await town.transact([Update(patient("hanako")), Update(patient("hanako"))])
    assert refused.value.index == 1 and refused.value.status == 400


async def test_references_to_a_full_url_lead_to_the_new_id(town: Repository):
    child = weight("x")
    child["subject"] = {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}
    mother, observation = await town.transact(
        [
            Create(patient(), full_url="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
            Create(child),
        ]
    )
    assert decode(observation.stored.body)["subject"]["reference"] == f"Patient/{mother.stored.id}"


async def test_a_conditional_create_in_a_transaction_leads_references_to_what_is_there(town: Repository):
    await town.update(patient("hanako"))
    observation = weight("x")
    observation["subject"] = {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}
    condition = asked("Patient", identifier=f"{ATENA}|000000000012345")
    outcomes = await town.transact(
        [
            Create(observation),
            Create(patient(), condition, full_url="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
            Create(patient(), condition),
        ]
    )
    assert decode(outcomes[0].stored.body)["subject"]["reference"] == "Patient/hanako"
    assert [(outcome.stored.id, outcome.created) for outcome in outcomes[1:]] == [("hanako", False)] * 2


async def test_one_condition_twice_in_a_transaction_makes_one_resource(town: Repository):
    condition = asked("Patient", identifier=f"{ATENA}|000000000012345")
    first, second = await town.transact([Create(patient(), condition), Create(patient(), condition)])
    assert first.created and not second.created
    assert first.stored == second.stored


async def test_what_a_transaction_deletes_matches_none_of_its_conditions(town: Repository):
    await town.update(patient("hanako"))
    condition = asked("Patient", identifier=f"{ATENA}|000000000012345")
    created, _ = await town.transact([Create(patient(), condition), Delete("Patient", "hanako")])
    assert created.created and created.stored.id != "hanako"
    assert (await town.read("Patient", "hanako")).deleted


async def test_a_desk_and_resources_change_together(town: Repository):
    desk = town.desk("transfer")
    await town.transact(
        [Update(patient("hanako")), desk.putting("t1", {"state": "stored", "patient": "hanako"})]
    )
    assert (await desk.get("t1")).value == {"state": "stored", "patient": "hanako"}
    with pytest.raises(Refused) as refused:
        await town.transact([desk.putting("t1", {"state": "lost"}, if_version=7), Update(patient("taro"))])
    assert refused.value.status == 409
    assert await town.read("Patient", "taro") is None
    with pytest.raises(ChangeRefused):
        await town.transact([desk.putting("t2", {}), Update(weight("nobody", id="w"))])
    assert await desk.get("t2") is None


async def test_a_desk_keeps_values_in_key_order(town: Repository):
    desk = town.desk("transfer")
    for key, state in (("b/2", "open"), ("a/1", "open"), ("b/1", "done"), ("c", "open")):
        await desk.put(key, {"state": state})
    await town.desk("transfers").put("b/9", {"state": "open"})
    assert [kept.key for kept in await desk.find()] == ["a/1", "b/1", "b/2", "c"]
    assert [kept.key for kept in await desk.find(prefix="b/")] == ["b/1", "b/2"]
    assert [kept.key for kept in await desk.find(state="open", after="a/1")] == ["b/2", "c"]
    await desk.put("c", {"state": "done"}, if_version=1)
    assert (await desk.get("c")).version == 2
    with pytest.raises(Refused):
        await desk.put("c", {"state": "open"}, if_version=0)
    await desk.delete("c", if_version=2)
    assert await desk.get("c") is None


async def test_put_many_writes_what_is_new_and_skips_what_is_not(town: Repository):
    family = [patient("hanako"), *(weight("hanako", f"3.{n}", id=f"w{n}") for n in range(300))]
    first = await town.put_many(family, reason="residents.csv")
    assert len(first) == 301 and all(written.created and written.changed for written in first)
    assert first[5].stored == await town.read("Observation", "w4")
    again = await town.put_many(family)
    assert [written.stored for written in again] == [written.stored for written in first]
    assert not any(written.changed for written in again)
    corrected = await town.put_many([*family[:-1], weight("hanako", "4.00", id="w299")])
    assert [written.stored.id for written in corrected if written.changed] == ["w299"]
    assert len(await town.history("Observation", "w299")) == 2


async def test_a_failing_write_does_not_hold_up_those_it_was_grouped_with(town: Repository):
    await town.update(patient("hanako"))
    outcomes = await asyncio.gather(
        *(town.create(weight("nobody" if n % 10 == 3 else "hanako", f"{n}.0")) for n in range(40)),
        return_exceptions=True,
    )
    refused = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Refused)]
    assert refused == [3, 13, 23, 33]
    written = [outcome.stored for outcome in outcomes if not isinstance(outcome, Refused)]
    found = await town.read_many([f"Observation/{stored.id}" for stored in written])
    assert len(found) == 36


async def test_a_resource_beyond_16_mb_is_refused_413_and_holds_up_nobody(town: Repository):
    await town.update(patient("hanako"))
    names = [{"text": f"{n:02}" + "寿" * 600_000} for n in range(10)]
    outcomes = await asyncio.gather(
        *(town.update(weight("hanako", f"{n}.0", id=f"w{n}")) for n in range(8)),
        town.update(patient("huge", name=names)),
        return_exceptions=True,
    )
    assert outcomes[-1].status == 413
    assert all(outcome.created for outcome in outcomes[:-1])
    assert await town.read("Patient", "huge") is None


async def test_a_write_that_the_database_refuses_fails_alone(town: Repository, deployment: Deployment):
    (served,) = deployment.towns
    await town.update(patient("hanako"))
    await served.journal.insert_one({"_id": journal_key("Observation/w3", 1)})
    outcomes = await asyncio.gather(
        *(town.update(weight("hanako", f"{n}.0", id=f"w{n}")) for n in range(8)), return_exceptions=True
    )
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, PyMongoError)] == [3]
    assert await town.read("Observation", "w3") is None


async def test_a_cancelled_request_still_ends_whole(town: Repository):
    await town.update(patient("hanako"))
    for n in range(10):
        request = asyncio.create_task(
            town.transact(
                [Update(weight("hanako", f"{n}.0", f"a{n}")), Update(weight("hanako", f"{n}.1", f"b{n}"))]
            )
        )
        await asyncio.sleep(0.001 * n)
        request.cancel()
        single = asyncio.create_task(town.update(weight("hanako", f"{n}.2", f"c{n}")))
        await asyncio.sleep(0)
        single.cancel()
    await asyncio.sleep(0.5)
    for n in range(10):
        found = await town.read_many([f"Observation/a{n}", f"Observation/b{n}"])
        assert len(found) in (0, 2)
        for stored in found.values():
            assert await town.vread("Observation", stored.id, 1) == stored
    assert len(await town.read_many([f"Observation/c{n}" for n in range(10)])) == 10


async def test_the_gate_lets_in_what_fits_and_refuses_what_waits_too_long():
    gate = Gate(100, patience=0.05)
    async with gate.entered(60):
        async with gate.entered(40):
            with pytest.raises(Refused) as refused:
                async with gate.entered(1):
                    pass
        assert refused.value.status == 503 and int(refused.value.headers["Retry-After"]) > 0
        waiting = asyncio.create_task(_enter(gate, 50))
    assert await waiting
    async with gate.entered(10_000):
        pass


async def _enter(gate: Gate, size: int) -> bool:
    async with gate.entered(size):
        return True


async def test_a_delete_waits_for_nobody_for_ever(town: Repository):
    await town.update(patient("hanako"))
    await town.put_many([weight("hanako", id=f"w{n}") for n in range(20)])
    outcomes = await asyncio.gather(
        *(town.delete("Observation", f"w{n}") for n in range(10)),
        *(town.update(weight("hanako", "9.0", id=f"w{n}")) for n in range(10, 20)),
        *(town.transact([Delete("Observation", f"w{n}")]) for n in range(5)),
    )
    assert len(outcomes) == 25
    found = await town.read_many([f"Observation/w{n}" for n in range(20)])
    assert sorted(stored.id for stored in found.values() if stored.deleted) == [f"w{n}" for n in range(10)]
