import asyncio

import pytest

from boshi.server.deployment import Deployment
from boshi.server.refusal import Refused
from boshi.server.repository import ChangeRefused, Delete, Repository, Update
from tests.server.store.records import patient, weight


async def test_a_reference_to_nothing_is_refused_and_named(town: Repository):
    with pytest.raises(Refused) as refused:
        await town.create(weight("nobody"))
    assert refused.value.status == 422
    assert "Patient/nobody" in refused.value.issues[0].text


async def test_a_reference_to_a_deleted_resource_is_refused(town: Repository):
    await town.update(patient("hanako"))
    await town.delete("Patient", "hanako")
    with pytest.raises(Refused, match="Patient/hanako"):
        await town.create(weight("hanako"))


async def test_an_absolute_reference_to_our_own_base_counts_as_local(town: Repository):
    record = weight("nobody")
    record["subject"] = {"reference": "http://127.0.0.1:8080/fhir/Patient/nobody"}
    with pytest.raises(Refused, match="Patient/nobody"):
        await town.create(record)
    record["subject"] = {"reference": "http://other.example.jp/fhir/Patient/nobody"}
    assert (await town.create(record)).created


async def test_a_resource_may_refer_to_itself_and_to_others_of_its_transaction(town: Repository):
    linked = patient("hanako", link=[{"other": {"reference": "Patient/hanako"}, "type": "seealso"}])
    written = await town.transact([Update(weight("hanako", id="w")), Update(linked)])
    assert [outcome.stored.version for outcome in written] == [1, 1]


async def test_what_is_referenced_is_not_deleted(town: Repository):
    await town.update(patient("hanako"))
    await town.update(weight("hanako", id="w"))
    with pytest.raises(Refused) as refused:
        await town.delete("Patient", "hanako")
    assert refused.value.status == 409
    assert "Observation/w" in refused.value.issues[0].text
    assert not (await town.read("Patient", "hanako")).deleted


async def test_a_provenance_tells_of_its_target_and_does_not_hold_it_back(town: Repository):
    mother = (await town.update(patient("hanako"))).stored
    told = {
        "resourceType": "Provenance",
        "target": [{"reference": f"Patient/{mother.id}"}],
        "recorded": "2026-11-22T09:00:00+09:00",
        "agent": [{"who": {"display": "住民ファイルの取込"}}],
    }
    provenance = (await town.create(told)).stored
    assert (await town.delete("Patient", mother.id)) is not None
    kept = await town.read("Provenance", provenance.id)
    assert kept is not None
    assert mother.id.encode() in kept.body


async def test_a_reference_in_an_extension_holds_its_target_too(town: Repository):
    await town.update(patient("hanako"))
    extension = {
        "url": "http://boshi-fhir.example.jp/fhir/StructureDefinition/related-patient",
        "valueReference": {"reference": "Patient/hanako"},
    }
    await town.update(patient("taro", extension=[extension]))
    with pytest.raises(Refused, match="Patient/taro"):
        await town.delete("Patient", "hanako")


async def test_a_patient_goes_together_with_all_that_refers_to_her(town: Repository):
    await town.update(patient("hanako"))
    await town.update(weight("hanako", id="w"))
    await town.transact([Delete("Patient", "hanako"), Delete("Observation", "w")])
    assert (await town.read("Patient", "hanako")).deleted
    assert (await town.read("Observation", "w")).deleted


async def test_a_transaction_that_deletes_what_it_refers_to_is_refused(town: Repository):
    await town.update(patient("hanako"))
    with pytest.raises(ChangeRefused) as refused:
        await town.transact([Delete("Patient", "hanako"), Update(weight("hanako", id="w"))])
    assert refused.value.index == 1
    assert not (await town.read("Patient", "hanako")).deleted
    assert await town.read("Observation", "w") is None


async def test_a_delete_and_new_references_at_once_never_leave_a_reference_to_nothing(
    town: Repository, deployment: Deployment
):
    other = Deployment(deployment.settings, deployment.mongo, next(iter(deployment.towns)).client)
    await other.prepare()
    second = other.repository(town.town_code, town.requester)
    for round in range(8):
        await town.update(patient(f"p{round}"))
        await asyncio.gather(
            *(second.update(weight(f"p{round}", id=f"w{round}-{n}")) for n in range(4)),
            town.delete("Patient", f"p{round}"),
            *(second.update(weight(f"p{round}", id=f"x{round}-{n}")) for n in range(4)),
            return_exceptions=True,
        )
        gone = (await town.read("Patient", f"p{round}")).deleted
        names = [f"Observation/{kind}{round}-{n}" for kind in "wx" for n in range(4)]
        assert not gone or not await town.read_many(names)
    await other.close()
