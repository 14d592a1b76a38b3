"""batch and transaction (R4 http §3.1.0.11): order, references, all or nothing, and which entry is wrong."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.blackbox.families import ATENA, created, mother, places, refused, weight


def urn() -> str:
    return f"urn:uuid:{uuid4()}"


def entry(
    method: str, url: str, resource: dict[str, Any] | None = None, full_url: str = "", **request: str
) -> dict[str, Any]:
    told: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        told["resource"] = resource
    if full_url:
        told["fullUrl"] = full_url
    return told


def transaction(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def batch(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "batch", "entry": list(entries)}


def answered(answer: httpx.Response, type: str) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", type)
    entries: list[dict[str, Any]] = bundle.get("entry", [])
    return entries


def statuses(entries: list[dict[str, Any]]) -> list[str]:
    return [each["response"]["status"][:3] for each in entries]


def id_of(told: dict[str, Any]) -> str:
    return str(told["response"]["location"].split("/")[-3])


def test_a_transaction_links_its_entries_by_urn(fhir: httpx.Client) -> None:
    who = urn()
    narrative = {
        "status": "additional",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{who}">母</a></div>',
    }
    seen = weight(who, text=narrative)
    told = answered(
        fhir.post(
            "/", json=transaction(entry("POST", "Observation", seen), entry("POST", "Patient", mother(), who))
        ),
        "transaction-response",
    )
    assert statuses(told) == ["201", "201"]
    observation = fhir.get(f"/Observation/{id_of(told[0])}").json()
    assert observation["subject"]["reference"] == f"Patient/{id_of(told[1])}"
    assert f'href="Patient/{id_of(told[1])}"' in observation["text"]["div"]


def test_each_entry_is_answered_with_status_location_etag_and_time(fhir: httpx.Client) -> None:
    told = answered(
        fhir.post("/", json=transaction(entry("POST", "Patient", mother()))), "transaction-response"
    )
    response = told[0]["response"]
    assert response["location"].startswith(f"{fhir.base_url}Patient/")
    assert response["etag"] == 'W/"1"'
    assert response["lastModified"] == fhir.get(f"/Patient/{id_of(told[0])}").json()["meta"]["lastUpdated"]
    assert "resource" not in told[0]


def test_prefer_representation_answers_with_the_resources(fhir: httpx.Client) -> None:
    told = answered(
        fhir.post(
            "/",
            json=transaction(entry("POST", "Patient", mother())),
            headers={"prefer": "return=representation"},
        ),
        "transaction-response",
    )
    assert told[0]["resource"]["meta"]["versionId"] == "1"
    assert told[0]["fullUrl"].endswith(told[0]["resource"]["id"])


def test_deletes_go_before_creates_before_updates_before_reads(fhir: httpx.Client, mark: str) -> None:
    old = created(fhir.post("/Patient", json=mother(mark)))
    put = mother(id=mark, multipleBirthInteger=2)
    told = answered(
        fhir.post(
            "/",
            json=transaction(
                entry("GET", f"Patient?identifier={mark}"),
                entry("GET", f"Patient/{mark}"),
                entry("PUT", f"Patient/{mark}", put),
                entry("POST", "Patient", mother(mark), ifNoneExist=f"identifier={ATENA}|{mark}"),
                entry("DELETE", f"Patient/{old['id']}"),
            ),
        ),
        "transaction-response",
    )
    assert statuses(told) == ["200", "200", "201", "201", "204"]
    found = [each["resource"]["id"] for each in told[0]["resource"]["entry"]]
    assert found == [id_of(told[3])]
    assert told[1]["resource"]["multipleBirthInteger"] == 2


def test_a_conditional_create_in_a_transaction_links_to_what_is_there(fhir: httpx.Client, mark: str) -> None:
    there = created(fhir.post("/Patient", json=mother(mark)))["id"]
    who = urn()
    told = answered(
        fhir.post(
            "/",
            json=transaction(
                entry("POST", "Patient", mother(mark), who, ifNoneExist=f"identifier={ATENA}|{mark}"),
                entry("POST", "Observation", weight(who)),
            ),
        ),
        "transaction-response",
    )
    assert statuses(told) == ["200", "201"]
    observation = fhir.get(f"/Observation/{id_of(told[1])}").json()
    assert observation["subject"]["reference"] == f"Patient/{there}"


def test_a_reference_by_criteria_is_resolved(fhir: httpx.Client, mark: str) -> None:
    there = created(fhir.post("/Patient", json=mother(mark)))["id"]
    told = answered(
        fhir.post(
            "/", json=transaction(entry("POST", "Observation", weight(f"Patient?identifier={ATENA}|{mark}")))
        ),
        "transaction-response",
    )
    assert fhir.get(f"/Observation/{id_of(told[0])}").json()["subject"]["reference"] == f"Patient/{there}"


def test_a_reference_by_criteria_must_match_exactly_one(fhir: httpx.Client, mark: str) -> None:
    seen = weight(f"Patient?identifier={mark}")
    bundle = transaction(entry("POST", "Patient", mother()), entry("POST", "Observation", seen))
    issues = refused(fhir.post("/", json=bundle), 412)
    assert places(issues) == ["Bundle.entry[1].resource.subject"]
    for _ in range(2):
        created(fhir.post("/Patient", json=mother(mark)))
    refused(fhir.post("/", json=bundle), 412)
    unknown = transaction(entry("POST", "Observation", weight("Patient?colour=red")))
    assert places(refused(fhir.post("/", json=unknown), 400)) == ["Bundle.entry[0].resource.subject"]


def test_a_relative_reference_is_read_below_its_full_url(fhir: httpx.Client) -> None:
    told = answered(
        fhir.post(
            "/",
            json=transaction(
                entry("POST", "Patient", mother(), "http://clinic.example.jp/fhir/Patient/p1"),
                entry(
                    "POST",
                    "Observation",
                    weight("Patient/p1"),
                    "http://clinic.example.jp/fhir/Observation/o1",
                ),
            ),
        ),
        "transaction-response",
    )
    observation = fhir.get(f"/Observation/{id_of(told[1])}").json()
    assert observation["subject"]["reference"] == f"Patient/{id_of(told[0])}"


def test_a_bundle_that_refers_to_nothing_names_the_entry(fhir: httpx.Client) -> None:
    bundle = transaction(entry("POST", "Patient", mother()), entry("POST", "Observation", weight(urn())))
    assert places(refused(fhir.post("/", json=bundle), 400)) == ["Bundle.entry[1].resource.subject"]
    bundle = transaction(
        entry("POST", "Patient", mother()), entry("POST", "Observation", weight("Patient/nobody"))
    )
    told = places(refused(fhir.post("/", json=bundle), 422))
    assert told[0].startswith("Bundle.entry[1]")


def test_nothing_of_a_refused_transaction_is_done(fhir: httpx.Client, mark: str) -> None:
    bundle = transaction(
        entry("POST", "Patient", mother(mark)), entry("POST", "Patient", mother(gender="woman"))
    )
    issues = refused(fhir.post("/", json=bundle), 400)
    assert "Bundle.entry[1].resource.gender" in places(issues)
    assert "entry" not in fhir.get("/Patient", params={"identifier": mark}).json()


def test_if_match_in_an_entry_is_kept(fhir: httpx.Client, mark: str) -> None:
    patient = created(fhir.post("/Patient", json=mother(mark)))
    changed = {**patient, "active": True}
    url = f"Patient/{patient['id']}"
    issues = refused(fhir.post("/", json=transaction(entry("PUT", url, changed, ifMatch='W/"7"'))), 412)
    assert places(issues)[0].startswith("Bundle.entry[0]")
    told = answered(
        fhir.post("/", json=transaction(entry("PUT", url, changed, ifMatch='W/"1"'))), "transaction-response"
    )
    assert told[0]["response"]["etag"] == 'W/"2"'


def test_deleting_the_last_reference_and_its_target_together_is_possible(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))["id"]
    observation = created(fhir.post("/Observation", json=weight(f"Patient/{patient}")))["id"]
    bundle = transaction(entry("DELETE", f"Patient/{patient}"), entry("DELETE", f"Observation/{observation}"))
    assert statuses(answered(fhir.post("/", json=bundle), "transaction-response")) == ["204", "204"]


def test_an_empty_bundle_is_answered_with_an_empty_one(fhir: httpx.Client) -> None:
    assert answered(fhir.post("/", json={"resourceType": "Bundle", "type": "batch"}), "batch-response") == []
    empty = {"resourceType": "Bundle", "type": "transaction"}
    assert answered(fhir.post("/", json=empty), "transaction-response") == []


def test_entries_of_a_batch_stand_each_for_themselves(fhir: httpx.Client, mark: str) -> None:
    told = answered(
        fhir.post(
            "/",
            json=batch(
                entry("POST", "Patient", mother(mark)),
                entry("POST", "Patient", mother(gender="woman")),
                entry("GET", "Patient/never-known"),
                entry("GET", f"Patient?identifier={mark}"),
                entry("GET", "Pateint/1"),
                entry("DELETE", "Patient/never-known"),
                entry("PUT", f"Patient/{mark}", mother(id=mark)),
                entry("GET", "metadata"),
                entry("HEAD", "metadata"),
                entry("DELETE", "Patient?identifier=1"),
                entry("POST", "/", transaction(entry("POST", "Patient", mother()))),
                entry("PUT", "/", mother()),
            ),
        ),
        "batch-response",
    )
    assert statuses(told) == [
        "201",
        "400",
        "404",
        "200",
        "404",
        "404",
        "201",
        "200",
        "200",
        "405",
        "400",
        "405",
    ]
    outcome = told[1]["response"]["outcome"]
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert len(told[3]["resource"]["entry"]) == 1


def one(told: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": [told]}


@pytest.mark.parametrize(
    ("bundle", "place"),
    [
        (one({"resource": mother()}), "Bundle.entry[0].request"),
        (one(entry("POST", "Patient")), "Bundle.entry[0].resource"),
        (one(entry("PATCH", "Patient/1", mother())), "Bundle.entry[0].request.method"),
        (one(entry("STEAL", "Patient/1", mother())), "Bundle.entry[0].request.method"),
        (one(entry("PUT", "Patient?identifier=1", mother())), "Bundle.entry[0].request.url"),
        (one(entry("DELETE", "Patient?identifier=1")), "Bundle.entry[0].request.url"),
        (one(entry("POST", "Pateint", mother())), "Bundle.entry[0].request.url"),
        (one(entry("POST", "Patient/1", mother())), "Bundle.entry[0].request.url"),
        (one(entry("DELETE", "")), "Bundle.entry[0].request.url"),
        (one(entry("PUT", "Patient/1", mother(id="2"))), "Bundle.entry[0].resource.id"),
        (one(entry("POST", "Observation", mother())), "Bundle.entry[0].resource"),
        (one(entry("POST", "Patient", mother(), ifNoneExist="")), "Bundle.entry[0].request.ifNoneExist"),
        (
            one(entry("POST", "Patient", mother(), ifNoneExist="colour=1")),
            "Bundle.entry[0].request.ifNoneExist",
        ),
        (one(entry("PUT", "Patient/1", mother(id="1"), ifMatch="one")), "Bundle.entry[0].request.ifMatch"),
        (one("POST Patient"), "Bundle.entry[0]"),
        (one(None), "Bundle.entry[0]"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": {}}, "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "transaction", "colour": 1}, "Bundle.colour"),
        ({"resourceType": "Bundle", "type": "collection"}, "Bundle.type"),
        ({"resourceType": "Bundle"}, "Bundle.type"),
        ({"resourceType": "Bundle", "type": 5}, "Bundle.type"),
    ],
)
def test_a_wrong_bundle_is_refused_with_its_place(
    fhir: httpx.Client, bundle: dict[str, Any], place: str
) -> None:
    issues = refused(fhir.post("/", json=bundle), 400)
    assert any(told.startswith(place) for told in places(issues)), places(issues)


def test_two_entries_with_one_full_url_are_refused(fhir: httpx.Client) -> None:
    same = urn()
    bundle = transaction(entry("POST", "Patient", mother(), same), entry("POST", "Patient", mother(), same))
    issues = refused(fhir.post("/", json=bundle), 400)
    assert places(issues) == ["Bundle.entry[0].fullUrl", "Bundle.entry[1].fullUrl"]


def test_a_resource_cannot_be_changed_twice_in_a_transaction(fhir: httpx.Client, mark: str) -> None:
    bundle = transaction(entry("PUT", f"Patient/{mark}", mother(id=mark)), entry("DELETE", f"Patient/{mark}"))
    assert "Bundle.entry[1].request.url" in places(refused(fhir.post("/", json=bundle), 400))


def test_a_single_resource_at_the_base_is_sent_to_its_type(fhir: httpx.Client) -> None:
    refused(fhir.post("/", json=mother()), 400)


def test_entries_of_a_batch_cannot_refer_to_each_other(fhir: httpx.Client) -> None:
    who = urn()
    told = answered(
        fhir.post(
            "/",
            json=batch(entry("POST", "Patient", mother(), who), entry("POST", "Observation", weight(who))),
        ),
        "batch-response",
    )
    assert statuses(told) == ["201", "400"]
    assert told[1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.subject"]


def test_a_reference_by_criteria_may_lead_to_what_the_bundle_writes(fhir: httpx.Client, mark: str) -> None:
    who = f"Patient?identifier={ATENA}|{mark}"
    told = answered(
        fhir.post(
            "/",
            json=transaction(
                entry("POST", "Observation", weight(who)), entry("POST", "Patient", mother(mark))
            ),
        ),
        "transaction-response",
    )
    assert (
        fhir.get(f"/Observation/{id_of(told[0])}").json()["subject"]["reference"]
        == f"Patient/{id_of(told[1])}"
    )
    updated = transaction(
        entry("PUT", f"Patient/{mark}", mother(f"{mark}-2", id=mark)),
        entry("POST", "Observation", weight(f"{who}-2")),
    )
    told = answered(fhir.post("/", json=updated), "transaction-response")
    assert fhir.get(f"/Observation/{id_of(told[1])}").json()["subject"]["reference"] == f"Patient/{mark}"


def test_a_reference_by_criteria_sees_what_stands_when_all_else_is_done(
    fhir: httpx.Client, mark: str
) -> None:
    old = created(fhir.post("/Patient", json=mother(mark)))["id"]
    who = f"Patient?identifier={mark}"
    both = transaction(entry("POST", "Patient", mother(mark)), entry("POST", "Observation", weight(who)))
    assert places(refused(fhir.post("/", json=both), 412)) == ["Bundle.entry[1].resource.subject"]
    moved = transaction(
        entry("PUT", f"Patient/{old}", mother(f"{mark}-other", id=old)),
        entry("POST", "Observation", weight(who)),
    )
    refused(fhir.post("/", json=moved), 412)
    replaced = transaction(
        entry("DELETE", f"Patient/{old}"),
        entry("POST", "Patient", mother(mark)),
        entry("POST", "Observation", weight(who)),
    )
    told = answered(fhir.post("/", json=replaced), "transaction-response")
    assert (
        fhir.get(f"/Observation/{id_of(told[2])}").json()["subject"]["reference"]
        == f"Patient/{id_of(told[1])}"
    )


def test_a_reference_by_criteria_beside_its_conditional_create_leads_to_one(
    fhir: httpx.Client, mark: str
) -> None:
    who = f"identifier={ATENA}|{mark}"
    bundle = transaction(
        entry("POST", "Patient", mother(mark), ifNoneExist=who),
        entry("POST", "Patient", mother(mark), ifNoneExist=who),
        entry("POST", "Observation", weight(f"Patient?{who}")),
    )
    first = answered(fhir.post("/", json=bundle), "transaction-response")
    second = answered(fhir.post("/", json=bundle), "transaction-response")
    assert (statuses(first), statuses(second)) == (["201", "200", "201"], ["200", "200", "201"])
    for told in (first, second):
        seen = fhir.get(f"/Observation/{id_of(told[2])}").json()
        assert seen["subject"]["reference"] == f"Patient/{id_of(first[0])}"


@pytest.mark.parametrize("type", ["transaction", "batch"])
def test_an_update_in_a_bundle_that_must_not_overwrite_does_not(
    fhir: httpx.Client, mark: str, type: str
) -> None:
    put = entry("PUT", f"Patient/{mark}", mother(id=mark), ifNoneMatch="*")
    again = entry("PUT", f"Patient/{mark}", mother(id=mark, active=True), ifNoneMatch="*")
    assert statuses(fhir.post("/", json={**transaction(put), "type": type}).json()["entry"]) == ["201"]
    answer = fhir.post("/", json={**transaction(again), "type": type})
    assert answer.status_code == 412 or statuses(answer.json()["entry"]) == ["412"]
    assert "active" not in fhir.get(f"/Patient/{mark}").json()


def test_what_is_not_offered_is_told_before_what_is_doubled(fhir: httpx.Client) -> None:
    bundle = transaction(
        entry("PUT", "Patient?identifier=1", mother()), entry("PUT", "Patient?identifier=2", mother())
    )
    assert "not offered" in refused(fhir.post("/", json=bundle), 400)[0]["diagnostics"]


@pytest.mark.parametrize("type", ["transaction", "batch"])
def test_a_bundle_of_too_many_entries_is_413(fhir: httpx.Client, type: str) -> None:
    bundle = {"resourceType": "Bundle", "type": type, "entry": [entry("GET", "Patient/1")] * 5001}
    assert places(refused(fhir.post("/", json=bundle), 413)) == ["Bundle.entry"]


@pytest.mark.parametrize("type", ["transaction", "batch"])
def test_reads_that_would_answer_too_much_are_refused_one_by_one(
    fhir: httpx.Client, mark: str, type: str
) -> None:
    large = {"resourceType": "Binary", "id": mark, "contentType": "text/plain", "data": "QUJD" * 875_000}
    fhir.put(f"/Binary/{mark}", json=large)
    told = fhir.post(
        "/", json={"resourceType": "Bundle", "type": type, "entry": [entry("GET", f"Binary/{mark}")] * 40}
    )
    assert told.status_code == 200
    assert len(told.content) < 100_000_000
    assert {*statuses(told.json()["entry"])} == {"200", "413"}
