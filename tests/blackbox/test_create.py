"""create, R4 http §3.1.0.8: the server gives the id, and tells where the resource is."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.blackbox.families import ATENA, created, mother, places, refused, weight


def test_create_answers_201_with_location_etag_and_last_modified(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", json=mother())
    patient = created(answer)
    assert answer.headers["location"] == f"{fhir.base_url}Patient/{patient['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith("GMT")
    assert patient["meta"]["versionId"] == "1"
    assert patient["meta"]["lastUpdated"].endswith("Z")
    assert patient["name"][0]["family"] == "𠮷田"


def test_the_location_of_a_create_can_be_read(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", json=mother())
    assert fhir.get(answer.headers["location"]).content == answer.content


def test_an_id_in_a_created_resource_is_passed_over(fhir: httpx.Client) -> None:
    assert created(fhir.post("/Patient", json=mother(id="my-own-id")))["id"] != "my-own-id"


def test_prefer_minimal_answers_without_a_body(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", json=mother(), headers={"prefer": "return=minimal"})
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["location"]


def test_prefer_operation_outcome_answers_with_one(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", json=mother(), headers={"prefer": "return=OperationOutcome"})
    assert answer.status_code == 201
    assert answer.json()["issue"][0]["severity"] == "information"


def test_conditional_create_makes_one_and_then_answers_with_it(fhir: httpx.Client, mark: str) -> None:
    once = {"if-none-exist": f"identifier={ATENA}|{mark}"}
    first = fhir.post("/Patient", json=mother(mark), headers=once)
    again = fhir.post("/Patient", json=mother(mark), headers=once)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_conditional_create_with_several_matches_is_412(fhir: httpx.Client, mark: str) -> None:
    for _ in range(2):
        created(fhir.post("/Patient", json=mother(mark)))
    answer = fhir.post("/Patient", json=mother(mark), headers={"if-none-exist": f"identifier={ATENA}|{mark}"})
    refused(answer, 412)


def test_twenty_conditional_creates_at_once_make_one_patient(fhir: httpx.Client, mark: str) -> None:
    once = {"if-none-exist": f"identifier={ATENA}|{mark}"}
    with ThreadPoolExecutor(20) as clients:
        answers = list(
            clients.map(lambda _: fhir.post("/Patient", json=mother(mark), headers=once), range(20))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize("criteria", ["", "identifier=", "nonsense=1", "_count=1"])
def test_conditional_create_by_criteria_that_say_nothing_is_refused(
    fhir: httpx.Client, criteria: str
) -> None:
    refused(fhir.post("/Patient", json=mother(), headers={"if-none-exist": criteria}), 400)


def test_a_resource_of_another_type_than_the_address_is_400(fhir: httpx.Client) -> None:
    issues = refused(fhir.post("/Observation", json=mother()), 400)
    assert "Observation" in issues[0]["diagnostics"]


def test_every_structural_problem_is_told_with_its_place(fhir: httpx.Client) -> None:
    wrong = mother(gender="woman", birthDate="1996-13-02", colour="red")
    issues = refused(fhir.post("/Patient", json=wrong), 400)
    assert {"Patient.gender", "Patient.birthDate", "Patient.colour"} <= set(places(issues))


def test_a_reference_by_criteria_outside_a_transaction_is_refused(fhir: httpx.Client) -> None:
    issues = refused(fhir.post("/Observation", json=weight("Patient?identifier=1")), 400)
    assert places(issues) == ["Observation.subject"]


def test_a_reference_to_a_resource_that_is_not_there_is_422(fhir: httpx.Client) -> None:
    issues = refused(fhir.post("/Observation", json=weight("Patient/nobody-here")), 422)
    assert "Patient/nobody-here" in issues[0]["diagnostics"]
    assert places(issues) == ["Observation.subject"]


@pytest.mark.parametrize("reference", ["花子", "patient/1", "#nobody"])
def test_a_reference_that_cannot_lead_anywhere_is_400(fhir: httpx.Client, reference: str) -> None:
    assert places(refused(fhir.post("/Observation", json=weight(reference)), 400)) == ["Observation.subject"]
