import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from boshi.fhir.codec import decode
from boshi.server.deployment import Deployment
from boshi.server.refusal import Refused
from boshi.server.repository import Create, Repository
from boshi.server.store.documents import DOCUMENTS, collection_name
from tests.server.store.records import patient, weight


async def test_a_read_answers_the_bytes_that_were_written(town: Repository):
    written = await town.create(patient())
    stored = await town.read("Patient", written.stored.id)
    assert stored == written.stored
    assert stored.version == 1 and written.created and not stored.deleted
    body = decode(stored.body)
    assert body["meta"]["versionId"] == "1"
    assert datetime.fromisoformat(body["meta"]["lastUpdated"]) == stored.updated
    assert body["name"][0]["text"] == "佐藤 花子"


async def test_decimals_keep_their_digits(town: Repository):
    await town.update(patient("hanako"))
    written = await town.create(weight("hanako", "3.10"))
    assert b'"value":3.10,' in (await town.read("Observation", written.stored.id)).body


async def test_the_times_of_versions_ascend_though_the_clock_was_set_back(town: Repository):
    await town.update(patient("hanako"))
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    await town._town.resource.update_one({"_id": "Patient/hanako"}, {"$set": {"u": tomorrow}})
    written = await town.update(patient("hanako", active=True))
    assert written.stored.updated == tomorrow + timedelta(milliseconds=1)


async def test_every_update_is_a_version_and_history_has_no_gap(town: Repository):
    for given in ("花子", "はな子", "華子"):
        await town.update(patient("hanako", name=[{"family": "佐藤", "given": [given]}]))
    history = await town.history("Patient", "hanako")
    assert [stored.version for stored in history] == [3, 2, 1]
    assert [decode(stored.body)["name"][0]["given"][0] for stored in history] == ["華子", "はな子", "花子"]
    assert history[0] == await town.read("Patient", "hanako")
    assert history[1] == await town.vread("Patient", "hanako", 2)
    assert await town.history("Patient", "hanako", before_version=2) == [history[2]]
    assert await town.history("Patient", "hanako", count=1) == [history[0]]


async def test_the_history_of_one_id_holds_no_other_that_begins_alike(town: Repository):
    for id in ("hana", "hana1", "hana-1", "hana.1"):
        await town.update(patient(id))
    assert [stored.id for stored in await town.history("Patient", "hana")] == ["hana"]


async def test_an_identical_update_makes_no_version(town: Repository):
    first = await town.update(patient("hanako"))
    body = decode(first.stored.body)
    again = await town.update(body)
    reordered = await town.update(dict(reversed(body.items())))
    assert not again.changed and not again.created and again.stored == first.stored
    assert not reordered.changed
    assert len(await town.history("Patient", "hanako")) == 1


async def test_another_precision_is_another_version(town: Repository):
    await town.update(patient("hanako"))
    await town.update(weight("hanako", "3.10", "w"))
    written = await town.update(weight("hanako", "3.1", "w"))
    assert written.changed and written.stored.version == 2
    assert decode(written.stored.body)["valueQuantity"]["value"] == Decimal("3.1")


async def test_a_deleted_resource_is_known_and_goes_on_counting_when_it_returns(town: Repository):
    await town.update(patient("hanako"))
    deleted = await town.delete("Patient", "hanako")
    assert deleted.stored.version == 2 and deleted.changed
    assert (await town.read("Patient", "hanako")).deleted
    assert (await town.vread("Patient", "hanako", 2)).deleted
    assert not (await town.delete("Patient", "hanako")).changed
    back = await town.update(patient("hanako"))
    assert back.created and back.stored.version == 3
    methods = [(stored.version, stored.method) for stored in await town.history("Patient", "hanako")]
    assert methods == [(3, "PUT"), (2, "DELETE"), (1, "PUT")]


async def test_a_delete_of_what_never_was_is_nothing(town: Repository):
    assert await town.delete("Patient", "nobody") is None
    assert await town.read("Patient", "nobody") is None
    assert await town.vread("Patient", "nobody", 1) is None
    assert await town.history("Patient", "nobody") == []


async def test_an_update_for_another_version_is_refused_412(town: Repository):
    await town.update(patient("hanako"))
    for expected in (0, 2):
        with pytest.raises(Refused) as refused:
            await town.update(patient("hanako", gender="unknown"), if_match=expected)
        assert refused.value.status == 412
        assert "Patient/hanako is at version 1" in refused.value.issues[0].text
        assert "版" in refused.value.issues[0].text_ja
    with pytest.raises(Refused) as refused:
        await town.delete("Patient", "hanako", if_match=2)
    assert refused.value.status == 412
    assert (await town.update(patient("hanako", gender="unknown"), if_match=1)).stored.version == 2


async def test_of_two_updates_at_once_with_the_same_if_match_one_wins(town: Repository):
    await town.update(patient("hanako"))
    for version in range(1, 6):
        outcomes = await asyncio.gather(
            *(
                town.update(patient("hanako", birthDate=f"199{n}-0{version}-01"), if_match=version)
                for n in range(8)
            ),
            return_exceptions=True,
        )
        won = [outcome for outcome in outcomes if not isinstance(outcome, Refused)]
        assert [outcome.stored.version for outcome in won] == [version + 1]
    assert [stored.version for stored in await town.history("Patient", "hanako")] == [6, 5, 4, 3, 2, 1]


async def test_many_updates_of_one_resource_at_once_are_all_kept_in_order(town: Repository):
    await asyncio.gather(
        *(town.update(patient("hanako", birthDate=f"1990-01-{day:02}")) for day in range(1, 31))
    )
    history = await town.history("Patient", "hanako", count=100)
    assert [stored.version for stored in history] == list(range(30, 0, -1))
    times = [stored.updated for stored in reversed(history)]
    assert times == sorted(set(times))
    assert all(time.tzinfo is UTC for time in times)
    assert len({decode(stored.body)["birthDate"] for stored in history}) == 30


async def test_a_create_that_brings_the_id_of_another_is_refused(town: Repository):
    await town.update(patient("hanako"))
    with pytest.raises(Refused) as refused:
        await town.transact([Create(patient("hanako"))])
    assert refused.value.status == 412


async def test_read_many_leaves_out_what_never_was(town: Repository):
    await town.update(patient("hanako"))
    await town.update(weight("hanako", id="w"))
    found = await town.read_many(["Patient/hanako", "Observation/w", "Patient/nobody"])
    assert sorted(found) == ["Observation/w", "Patient/hanako"]
    assert found["Observation/w"] == await town.read("Observation", "w")


async def test_what_is_stored_is_what_the_documents_declare(town: Repository, deployment: Deployment):
    await town.update(patient("hanako"))
    await town.update(weight("hanako", id="w"))
    await town.delete("Observation", "w")
    await town.desk("transfer").put("t1", {"state": "waiting"})
    (served,) = deployment.towns
    for document in DOCUMENTS:
        rows = [row async for row in served.database[collection_name(document)].find().limit(20)]
        assert rows
        for row in rows:
            document._from_son(row).validate()
