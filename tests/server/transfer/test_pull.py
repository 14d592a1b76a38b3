"""The pull from end to end, over real HTTP, on two real towns."""

from boshi.profiles.systems import atena, record
from boshi.server.transfer import approve, inbox, pending, run_once
from boshi.server.transfer.person import atena_number, identifier_value, residence
from tests.server.transfer.conftest import Towns
from tests.server.transfer.families import KITAKYUSHU, NAGASU, number, patient, shot
from tests.server.transfer.moving import (
    CHILD_A,
    CHILD_B,
    CHILDS_RECORDS,
    MOTHER_B,
    MOTHERS_RECORDS,
    ask,
    decide,
    everything,
    of_type,
    pull,
    settle,
)

RECORDS = ("EpisodeOfCare", "Encounter", "Observation", "Immunization")


async def test_who_came_from_another_town_is_pending_until_asked(towns: Towns) -> None:
    await settle(towns)
    assert [one.name for one in await pending(towns.b)] == ["吉田 高子", "吉田 凛"]
    assert await pending(towns.a) == []
    await ask(towns.b, CHILD_B)
    assert [one.patient for one in await pending(towns.b)] == [MOTHER_B["id"]]


async def test_a_child_arrives_on_the_patient_that_the_residents_file_made(towns: Towns) -> None:
    await settle(towns)
    before = await everything(towns.b)
    done = await pull(towns, towns.b, towns.a, CHILD_B)
    after = await everything(towns.b)
    assert of_type(after, "Patient").keys() == of_type(before, "Patient").keys()
    child = after[f"Patient/{CHILD_B['id']}"]
    assert atena_number(child, KITAKYUSHU) == number(12)
    assert (child["address"], residence(child)) == (CHILD_B["address"], residence(CHILD_B))
    arrived = of_type(after, *RECORDS)
    assert arrived.keys() == {f"{item['resourceType']}/{item['id']}" for item in CHILDS_RECORDS}
    assert (done.created_records, done.updated_records, done.differing) == (len(CHILDS_RECORDS) + 3, 0, ())
    for item in arrived.values():
        assert (item.get("subject") or item["patient"])["reference"] == f"Patient/{CHILD_B['id']}"
        assert identifier_value(item, record(KITAKYUSHU))
        alias = identifier_value(item, record(NAGASU)) or ""
        assert number(502) in alias
        assert number(12) not in alias


async def test_the_records_say_where_they_first_arose(towns: Towns) -> None:
    await settle(towns)
    await pull(towns, towns.b, towns.a, CHILD_B)
    (provenance,) = of_type(await everything(towns.b), "Provenance").values()
    origins = {
        agent["type"]["coding"][0]["code"]: agent["who"]["identifier"]["value"]
        for agent in provenance["agent"]
    }
    assert origins == {"author": KITAKYUSHU, "custodian": KITAKYUSHU}
    assert provenance["recorded"]
    targets = {target["reference"] for target in provenance["target"]}
    assert {f"{item['resourceType']}/{item['id']}" for item in CHILDS_RECORDS} <= targets


async def test_the_child_brings_a_link_to_the_mother_and_none_of_her_records(towns: Towns) -> None:
    await settle(towns)
    await pull(towns, towns.b, towns.a, CHILD_B)
    after = await everything(towns.b)
    (link,) = of_type(after, "RelatedPerson").values()
    named = link["extension"][0]["valueReference"]
    assert named["identifier"] == {"system": atena(KITAKYUSHU), "value": number(11)}
    assert named["display"] == "吉田 髙子"
    mothers = {f"{item['resourceType']}/{item['id']}" for item in MOTHERS_RECORDS}
    assert not mothers & after.keys()


async def test_a_child_after_its_mother_is_linked_to_her_patient_here(towns: Towns) -> None:
    await settle(towns)
    await pull(towns, towns.b, towns.a, MOTHER_B)
    await pull(towns, towns.b, towns.a, CHILD_B)
    (link,) = of_type(await everything(towns.b), "RelatedPerson").values()
    assert link["extension"][0]["valueReference"]["reference"] == f"Patient/{MOTHER_B['id']}"


async def test_what_needs_care_stays_unless_a_purpose_is_given_and_staff_releases_it(towns: Towns) -> None:
    await settle(towns)
    done = await pull(towns, towns.b, towns.a, MOTHER_B)
    texts = [item["code"]["text"] for item in of_type(await everything(towns.b), "Observation").values()]
    assert texts == ["分娩予定日"]
    assert done.created_records == 4
    await ask(towns.b, MOTHER_B, sensitive_purpose="禁煙支援の継続のため")
    await run_once(towns.b, towns.transport())
    (item,) = await inbox(towns.a, towns.directory)
    await approve(towns.a, towns.directory, item.case.id, item.candidates[0].patient, release_sensitive=True)
    await run_once(towns.b, towns.transport())
    texts = [item["code"]["text"] for item in of_type(await everything(towns.b), "Observation").values()]
    assert sorted(texts) == ["分娩予定日", "妊娠中の喫煙"]


async def test_only_the_classes_asked_for_come(towns: Towns) -> None:
    await settle(towns)
    await ask(towns.b, CHILD_B, classes={"immunization": None})
    await run_once(towns.b, towns.transport())
    await decide(towns, towns.a)
    await run_once(towns.b, towns.transport())
    after = await everything(towns.b)
    assert len(of_type(after, "Immunization")) == 2
    assert not of_type(after, "Encounter", "Observation")


async def test_asking_again_gives_the_same_and_no_doubles(towns: Towns) -> None:
    await settle(towns)
    await pull(towns, towns.b, towns.a, CHILD_B)
    first = await everything(towns.b)
    again = await pull(towns, towns.b, towns.a, CHILD_B)
    second = await everything(towns.b)
    assert (again.created_records, again.updated_records, again.differing) == (0, 0, ())
    del second[f"Task/{again.id}"]
    assert second == first


async def test_a_correction_at_the_old_town_arrives_and_a_change_of_ours_is_kept(towns: Towns) -> None:
    await settle(towns)
    await pull(towns, towns.b, towns.a, CHILD_B)
    corrected, changed = (f"Immunization/{item['id']}" for item in CHILDS_RECORDS[-2:])
    ours = (await everything(towns.b))[changed]
    await towns.b.put_many([{**ours, "lotNumber": "当方で訂正"}])
    for item in CHILDS_RECORDS[-2:]:
        await towns.a.put_many([{**item, "lotNumber": "前住所で訂正"}])
    again = await pull(towns, towns.b, towns.a, CHILD_B)
    after = await everything(towns.b)
    assert after[corrected]["lotNumber"] == "前住所で訂正"
    assert after[changed]["lotNumber"] == "当方で訂正"
    assert again.differing == (changed,)


async def test_mother_and_child_there_and_back_are_still_linked_once(towns: Towns) -> None:
    await settle(towns)
    at_first = await everything(towns.a)
    for person in (MOTHER_B, CHILD_B):
        await pull(towns, towns.b, towns.a, person)
    came_back = [
        patient(KITAKYUSHU, 11, "吉田", "髙子", "ヨシダ タカコ", born="1995-05-05", came_from=NAGASU),
        patient(KITAKYUSHU, 12, "吉田", "凛", "ヨシダ リン", came_from=NAGASU),
    ]
    await towns.a.put_many(came_back)
    done = [await pull(towns, towns.a, towns.b, person) for person in came_back]
    assert [one.differing for one in done] == [(), ()]
    at_last = await everything(towns.a)
    linked = ("Patient", "RelatedPerson", *RECORDS)
    assert of_type(at_last, *linked).keys() == of_type(at_first, *linked).keys()


async def test_there_and_back_ends_with_one_patient_and_nothing_doubled(towns: Towns) -> None:
    await settle(towns)
    at_first = await everything(towns.a)
    await pull(towns, towns.b, towns.a, CHILD_B)
    third = shot(NAGASU, CHILD_B, 502, 3, day="2026-10-20")
    await towns.b.put_many([third])
    came_back = patient(
        KITAKYUSHU, 12, "吉田", "凛", "ヨシダ リン", came_from=NAGASU, former_address="熊本県長洲町1"
    )
    await towns.a.put_many([came_back])
    done = await pull(towns, towns.a, towns.b, came_back)
    at_last = await everything(towns.a)
    assert of_type(at_last, "Patient").keys() == of_type(at_first, "Patient").keys()
    assert of_type(at_last, "RelatedPerson") == of_type(at_first, "RelatedPerson")
    new = of_type(at_last, *RECORDS).keys() - at_first.keys()
    assert new == {f"Immunization/{third['id']}"}
    assert at_last[f"Immunization/{third['id']}"]["patient"]["reference"] == f"Patient/{CHILD_A['id']}"
    assert done.differing == ()
    assert atena_number(at_last[f"Patient/{CHILD_A['id']}"], NAGASU) == number(502)
    (provenance,) = of_type(at_last, "Provenance").values()
    assert provenance["agent"][0]["who"]["identifier"]["value"] == NAGASU
