import pytest

from boshi.server.deployment import Deployment, open_deployment
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from boshi.server.store.documents import DOCUMENTS, FORMAT, collection_name, generation, indexes
from boshi.server.store.locks import LANES, all_keys, stripes
from boshi.server.store.unavailable import StoreUnavailable


async def test_a_new_town_has_its_collections_indexes_and_lock_documents(deployment: Deployment):
    (served,) = deployment.towns
    await served.client.drop_database(served.database)
    await deployment.prepare()
    names = await served.database.list_collection_names()
    assert sorted(names) == sorted(collection_name(document) for document in DOCUMENTS)
    for document in DOCUMENTS:
        present = await served.database[collection_name(document)].index_information()
        assert set(present) == {"_id_", *(model.document["name"] for model in indexes(document))}
    assert await served.lock.count_documents({}) == LANES + 16 * 145 == len(all_keys())
    stamp = await served.stamp.find_one({"_id": "town"})
    assert (stamp["format"], stamp["generation"]) == (FORMAT, generation())


async def test_an_index_that_is_not_declared_is_dropped_and_a_missing_one_is_built(deployment: Deployment):
    (served,) = deployment.towns
    await served.resource.create_index([("old", 1)], name="old")
    await served.resource.drop_index("dates")
    await deployment.prepare()
    assert "old" not in await served.resource.index_information()
    assert "dates" in await served.resource.index_information()


async def test_a_deployment_is_not_ready_until_its_indexes_exist(settings: Settings):
    async with open_deployment(settings, wait=False) as opened:
        assert not opened.ready
        with pytest.raises(Refused) as refused:
            opened.repository("401005", LOCAL_ADMINISTRATOR)
        assert refused.value.status == 503
        await opened.until_ready()
        (served,) = opened.towns
        assert "strings" in await served.resource.index_information()


async def test_a_town_that_is_not_served_is_refused_404(deployment: Deployment):
    with pytest.raises(Refused) as refused:
        deployment.repository("332119", LOCAL_ADMINISTRATOR)
    assert refused.value.status == 404


async def test_data_of_a_newer_format_is_refused(settings: Settings, deployment: Deployment):
    (served,) = deployment.towns
    await served.stamp.update_one({"_id": "town"}, {"$set": {"format": FORMAT + 1}})
    try:
        with pytest.raises(StoreUnavailable, match=f"format {FORMAT + 1}"):
            async with open_deployment(settings):
                pass
    finally:
        await deployment.prepare()


async def test_reads_use_the_declared_indexes_and_no_tombstone_has_a_type(
    town: Repository, deployment: Deployment
):
    (served,) = deployment.towns
    await town.update({"resourceType": "Patient", "id": "hanako"})
    await town.delete("Patient", "hanako")
    row = await served.resource.find_one({"_id": "Patient/hanako"})
    assert set(row) == {"_id", "v", "u", "m", "r", "x"}


def test_stripes_count_the_value_without_its_system_and_all_without_one():
    assert stripes("Patient", ["12345"]) == stripes("Patient", ["12345", "12345"])
    assert len(stripes("Patient", None)) == 16
    assert stripes("Patient", ["12345"]) < stripes("Patient", None) < all_keys()
