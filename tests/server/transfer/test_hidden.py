"""What nobody but the responsible staff learns: whether a person is known here, protected, and who asked."""

import re
from typing import Any

import httpx
import pytest

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Resource
from boshi.server.refusal import Refused
from boshi.server.requester import Requester
from boshi.server.transfer import (
    approve,
    certain_and_proved,
    inbox,
    open_cases,
    pending,
    reject,
    request,
    run_once,
    work_desk,
)
from boshi.server.transfer.asking import Asker, ClassAsked, Moved, TransferRequest, to_parameters
from tests.server.transfer.conftest import Towns
from tests.server.transfer.families import KITAKYUSHU, NAGASU, mother_link, number, patient, shot
from tests.server.transfer.moving import CHILD_A, CHILD_B, ask, everything, of_type, pull, settle

TWIN_1 = patient(KITAKYUSHU, 41, "田中", "結", "タナカ ユイ", home=941, address="福岡県北九州市門司区1")
TWIN_2 = patient(KITAKYUSHU, 42, "田中", "結", "タナカ ユイ", home=941, address="福岡県北九州市門司区1")
FLED = patient(
    KITAKYUSHU,
    51,
    "佐藤",
    "葵",
    "サトウ アオイ",
    home=951,
    address="福岡県北九州市八幡東区1",
    protection="support-1",
)
PEOPLE = {
    "known": CHILD_A,
    "unknown": patient(KITAKYUSHU, 99, "無名", "誰也", "ムメイ ダレヤ", born="2023-03-03", gender="male"),
    "ambiguous": TWIN_1,
    "protected": FLED,
}


def parameters(person: Resource, key: str = "k" * 32, **more: Any) -> Resource:
    asked = {"resourceType": "Patient", **{name: person[name] for name in ("name", "gender", "birthDate")}}
    told: dict[str, Any] = {
        "key": key,
        "asker": Asker(NAGASU, "子育て支援課", "保健師 山本", "maternal-child-health"),
        "why": "転入に伴う保健指導のため",
        "person": asked,
        "moved": Moved("2026-10-01", "01"),
        "classes": (ClassAsked("infant-checkup", "mch-act-19-2-1"),),
        **more,
    }
    return to_parameters(TransferRequest(**told))


async def post(towns: Towns, body: Resource | bytes, path: str = "/requests") -> httpx.Response:
    url = f"{towns.door}/{KITAKYUSHU}/transfer{path}"
    async with httpx.AsyncClient(verify=False) as client:
        return await client.post(url, content=body if isinstance(body, bytes) else encode(body))


async def get(towns: Towns, path: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:
        return await client.get(f"{towns.door}{path}")


def shape(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], str]:
    """An answer with its id and times masked, letter by letter."""
    masked = re.compile(r"[0-9a-f]{32}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    headers = [
        (name, masked.sub("*", value)) for name, value in answer.headers.multi_items() if name != "date"
    ]
    return answer.status_code, headers, masked.sub("*", answer.text)


async def test_every_person_gets_the_same_answer_byte_for_byte(towns: Towns) -> None:
    await settle(towns)
    await towns.a.put_many([TWIN_1, TWIN_2, FLED])
    first, waiting = [], []
    for place, person in enumerate(PEOPLE.values()):
        answer = await post(towns, parameters(person, key=f"{place:032d}"))
        first.append(shape(answer))
        await inbox(towns.a, towns.directory)
        waiting.append(shape(await get(towns, answer.headers["content-location"])))
    findings = [item.case.finding for item in await inbox(towns.a, towns.directory)]
    assert findings == ["matched", "unknown", "ambiguous", "protected"]
    assert first[0][0] == 202
    assert all(one == first[0] for one in first)
    assert all(one == waiting[0] for one in waiting)


async def test_nobody_is_looked_for_before_the_answer(towns: Towns) -> None:
    await settle(towns)
    database = next(town.database for town in towns.deployment.towns if town.code == KITAKYUSHU)
    work = []
    for place, person in enumerate(PEOPLE.values()):
        await database.command("profile", 2)
        await post(towns, parameters(person, key=f"{place:032d}"))
        await database.command("profile", 0)
        rows = await database["system.profile"].find({"ns": {"$not": re.compile("profile")}}).to_list()
        await database.drop_collection("system.profile")
        work.append(sorted((row["op"], row["ns"], row.get("nreturned", 0)) for row in rows))
        reads = [
            row for row in rows if row["ns"].endswith((".resource", ".journal")) and row["op"] == "query"
        ]
        assert [row["command"]["filter"]["_id"]["$in"][0].split("/")[0] for row in reads] == ["Task"]
        assert {row["op"] for row in rows} <= {"query", "insert", "update", "command"}
    assert all(one == work[0] for one in work)


async def test_a_guessed_or_undecided_request_gives_nothing(towns: Towns) -> None:
    await settle(towns)
    location = (await post(towns, parameters(CHILD_A))).headers["content-location"]
    guessed = location[:-4] + "beef"
    assert (await get(towns, f"{location}/document")).status_code == 404
    assert (await get(towns, guessed)).status_code == 404
    assert (await get(towns, f"{guessed}/document")).status_code == 404
    receipt = b'{"resourceType":"Parameters","parameter":[{"name":"sha256","valueString":"x"}]}'
    assert (await post(towns, receipt, f"/requests/{location[-32:]}/receipt")).status_code == 409


async def test_no_resource_and_no_journal_row_at_the_old_town_says_who_asked(towns: Towns) -> None:
    await settle(towns)
    await pull(towns, towns.b, towns.a, CHILD_B)
    refused = await ask(towns.b, CHILD_B)
    await run_once(towns.b, towns.transport())
    (item,) = await inbox(towns.a, towns.directory)
    await reject(towns.a, item.case.id, "長洲町へ電話で回答済み")
    await run_once(towns.b, towns.transport(), only=refused.id)
    town = next(town for town in towns.deployment.towns if town.code == KITAKYUSHU)
    rows = [str(row) for row in [*await town.resource.find().to_list(), *await town.journal.find().to_list()]]
    telling = (NAGASU, "長洲", "\\xe9\\x95\\xb7\\xe6\\xb4\\xb2", "子育て支援課", "山本", number(502))
    decoded = [row.encode().decode("unicode_escape", "ignore") for row in rows]
    for word in telling:
        assert not [row for row in (*rows, *decoded) if word in row], word
    tasks = of_type(await everything(towns.a), "Task").values()
    assert tasks
    assert all({"for", "owner", "requester", "focus", "note"}.isdisjoint(task) for task in tasks)


@pytest.mark.parametrize("label", ["support-1", "support-2", "support-3", "temporary-custody"])
async def test_a_protected_person_is_never_decided_by_a_rule(towns: Towns, label: str) -> None:
    fled = patient(KITAKYUSHU, 51, "佐藤", "葵", "サトウ アオイ", home=951, address="秘匿", protection=label)
    await assert_left_to_staff(towns, [fled], fled)


async def test_nor_is_a_household_member_of_one(towns: Towns) -> None:
    child = patient(KITAKYUSHU, 52, "佐藤", "陽", "サトウ ハル", home=951, address="別の書き方")
    await assert_left_to_staff(towns, [FLED, child], child)


async def test_nor_is_a_child_whose_mother_lives_hidden_elsewhere(towns: Towns) -> None:
    child = patient(KITAKYUSHU, 53, "佐藤", "陽", "サトウ ハル", home=77, address="福岡県北九州市若松区9")
    await assert_left_to_staff(towns, [FLED, child, mother_link(KITAKYUSHU, child, 53, FLED, 51)], child)


async def test_nor_is_somebody_who_once_was_protected(towns: Towns) -> None:
    plain = patient(
        KITAKYUSHU, 51, "佐藤", "葵", "サトウ アオイ", home=951, address="福岡県北九州市八幡東区1"
    )
    await assert_left_to_staff(towns, [FLED], FLED, then=[plain])


async def test_nor_is_a_mother_whose_child_is_in_custody_elsewhere(towns: Towns) -> None:
    mother = patient(KITAKYUSHU, 54, "林", "恵", "ハヤシ メグミ", home=78, address="福岡県北九州市若松区10")
    child = patient(
        KITAKYUSHU, 55, "林", "歩", "ハヤシ アユム", home=79, address="施設", protection="temporary-custody"
    )
    await assert_left_to_staff(towns, [mother, child, mother_link(KITAKYUSHU, child, 55, mother, 54)], mother)


async def test_nor_is_somebody_at_the_address_of_one_who_once_was_protected(towns: Towns) -> None:
    address = "福岡県北九州市八幡東区1"
    plain = patient(KITAKYUSHU, 51, "佐藤", "葵", "サトウ アオイ", home=951, address=address)
    child = patient(KITAKYUSHU, 56, "佐藤", "陽", "サトウ ハル", home=952, address=address)
    await assert_left_to_staff(towns, [FLED, child], child, then=[plain])


async def assert_left_to_staff(
    towns: Towns, residents: list[Resource], person: Resource, then: list[Resource] | None = None
) -> None:
    await towns.a.put_many(residents)
    if then:
        await towns.a.put_many(then)
    location = (await post(towns, parameters(person))).headers["content-location"]
    assert await work_desk(towns.a, towns.directory, rule=certain_and_proved) == []
    (item,) = await inbox(towns.a, towns.directory)
    assert (item.case.finding, item.candidates[0].patient) == ("protected", person["id"])
    assert (await get(towns, location)).json()["status"] == "requested"
    await approve(towns.a, towns.directory, item.case.id, str(person["id"]))
    assert (await get(towns, location)).json()["status"] == "in-progress"


async def test_a_rule_decides_a_plain_certain_match(towns: Towns) -> None:
    await settle(towns)
    await ask(towns.b, CHILD_B)
    await run_once(towns.b, towns.transport())
    (case,) = await work_desk(towns.a, towns.directory, rule=certain_and_proved)
    assert (case.by_rule, case.patient) == (True, CHILD_A["id"])
    (progress,) = await run_once(towns.b, towns.transport())
    assert progress.outgoing.state == "confirmed"


async def test_a_link_to_a_protected_relative_is_not_offered(towns: Towns) -> None:
    child = patient(KITAKYUSHU, 53, "佐藤", "陽", "サトウ ハル", home=77, address="福岡県北九州市若松区9")
    given = shot(KITAKYUSHU, child, 53, 1)
    await towns.a.put_many([FLED, child, mother_link(KITAKYUSHU, child, 53, FLED, 51), given])
    location = await post(
        towns, parameters(child, classes=(ClassAsked("immunization", "my-number-act-19-8"),))
    )
    await approve(towns.a, towns.directory, location.headers["content-location"][-32:], str(child["id"]))
    document = (await get(towns, f"{location.headers['content-location']}/document")).text
    assert given["id"] in document
    assert "葵" not in document
    assert str(FLED["id"]) not in document
    assert "RelatedPerson" not in document


@pytest.mark.parametrize("reason", ["該当者なし", "支援措置対象者のため", "目的が不明"])
async def test_a_rejection_reads_the_same_whatever_the_reason(towns: Towns, reason: str) -> None:
    answer = await post(towns, parameters(CHILD_A))
    await reject(towns.a, answer.headers["content-location"][-32:], reason)
    told = (await get(towns, answer.headers["content-location"])).json()
    assert told["status"] == "rejected"
    assert told["statusReason"]["text"] == "提供できません。公表されている代表電話にお問い合わせください。"
    assert reason not in str(told)


async def test_only_responsible_staff_sees_the_inbox(towns: Towns) -> None:
    nurse = towns.deployment.repository(KITAKYUSHU, Requester("suzuki", "保健師 鈴木", "nurse"))
    await post(towns, parameters(CHILD_A))
    (case,) = await open_cases(towns.a)
    for attempt in (
        inbox(nurse, towns.directory),
        approve(nurse, towns.directory, case.id, str(CHILD_A["id"])),
        reject(nurse, case.id, "理由"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.status == 403


async def test_the_call_back_number_is_the_one_in_the_directory(towns: Towns) -> None:
    await post(towns, parameters(CHILD_A))
    (item,) = await inbox(towns.a, towns.directory)
    assert (item.town.name, item.town.phone) == ("長洲町", "0968-78-3111")


async def test_a_malformed_request_is_told_every_fault_of_its_form(towns: Towns) -> None:
    answer = await post(towns, {"resourceType": "Parameters", "parameter": []})
    places = {issue["expression"][0] for issue in answer.json()["issue"]}
    assert answer.status_code == 400
    assert {"Parameters.why", "Parameters.class", "Parameters.request", "Parameters.movedIn.reason"} <= places
    assert (await post(towns, b"{")).status_code == 400
    assert (await post(towns, b" " * 300_000)).status_code == 413


async def test_a_my_number_in_a_request_is_refused(towns: Towns) -> None:
    answer = await post(towns, parameters(CHILD_A, why="個人番号 123456789018 の方"))
    assert answer.status_code == 400
    assert "123456789018" not in answer.text
    assert await open_cases(towns.a) == []


async def test_an_unlisted_town_is_turned_away(towns: Towns) -> None:
    stranger = Asker("131016", "課", "担当", "maternal-child-health")
    assert (await post(towns, parameters(CHILD_A, asker=stranger))).status_code == 403


async def test_a_key_used_for_another_request_is_a_conflict(towns: Towns) -> None:
    first = await post(towns, parameters(CHILD_A))
    assert shape(await post(towns, parameters(CHILD_A))) == shape(first)
    assert (await post(towns, parameters(FLED))).status_code == 409


async def test_asking_about_a_protected_newcomer_needs_a_decision(towns: Towns) -> None:
    fled_to_b = patient(
        NAGASU, 601, "佐藤", "葵", "サトウ アオイ", came_from=KITAKYUSHU, protection="support-1"
    )
    await towns.b.put_many([fled_to_b])
    with pytest.raises(Refused) as refused:
        await ask(towns.b, fled_to_b)
    assert refused.value.status == 409
    assert (await ask(towns.b, fled_to_b, despite_protection=True)).state == "prepared"


async def test_asking_about_the_child_of_a_protected_newcomer_needs_one_too(towns: Towns) -> None:
    told = {"home": 961, "came_from": KITAKYUSHU}
    mother = patient(NAGASU, 601, "佐藤", "葵", "サトウ アオイ", protection="support-1", **told)
    child = patient(NAGASU, 603, "佐藤", "陽", "サトウ ハル", **told)
    await towns.b.put_many([mother, child])
    assert {one.patient: one.protected for one in await pending(towns.b)} == {
        mother["id"]: True,
        child["id"]: True,
    }
    with pytest.raises(Refused) as refused:
        await ask(towns.b, child)
    assert refused.value.status == 409


async def test_a_resident_who_did_not_come_from_elsewhere_cannot_be_asked_for(towns: Towns) -> None:
    born_here = patient(NAGASU, 602, "佐藤", "葵", "サトウ アオイ")
    await towns.b.put_many([born_here])
    with pytest.raises(Refused) as refused:
        await ask(towns.b, born_here)
    assert refused.value.status == 422


async def test_a_class_on_consent_is_left_out_without_one(towns: Towns) -> None:
    await settle(towns)
    with pytest.raises(Refused):
        await ask(towns.b, CHILD_B, classes={"immunization": "pipa-69-2-consent"})
    asked = await request(
        towns.b,
        str(CHILD_B["id"]),
        office="課",
        officer="担当",
        why="保健指導",
        classes={"immunization": "pipa-69-2-consent", "infant-checkup": None},
    )
    assert "infant-checkup" in asked.parameters
    assert '"immunization"' not in asked.parameters


async def test_a_document_about_somebody_else_is_not_stored(towns: Towns) -> None:
    await settle(towns)
    other = patient(KITAKYUSHU, 61, "別人", "一", "ベツジン ハジメ", born="2024-12-02", gender="male")
    await towns.a.put_many([other])
    await ask(towns.b, CHILD_B)
    await run_once(towns.b, towns.transport())
    (case,) = await open_cases(towns.a)
    await approve(towns.a, towns.directory, case.id, str(other["id"]))
    before = await everything(towns.b)
    (progress,) = await run_once(towns.b, towns.transport())
    assert progress.outgoing.state == "failed"
    after = await everything(towns.b)
    assert {key: item for key, item in after.items() if not key.startswith("Task/")} == {
        key: item for key, item in before.items() if not key.startswith("Task/")
    }
