"""One town answers at /fhir, several at /{code}/fhir, and none sees another's records."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.blackbox.families import created, mother, refused


@pytest.fixture
def towns(two_towns: str) -> tuple[httpx.Client, httpx.Client]:
    return httpx.Client(base_url=f"{two_towns}/401005/fhir"), httpx.Client(
        base_url=f"{two_towns}/332119/fhir"
    )


def test_a_record_of_one_town_is_not_there_for_the_other(
    towns: tuple[httpx.Client, httpx.Client], mark: str
) -> None:
    kitakyushu, bizen = towns
    answer = kitakyushu.post("/Patient", json=mother(mark), headers={"content-type": "application/fhir+json"})
    id = created(answer)["id"]
    assert answer.headers["location"].startswith(f"{kitakyushu.base_url}Patient/")
    assert kitakyushu.get(f"/Patient/{id}").status_code == 200
    refused(bizen.get(f"/Patient/{id}"), 404)
    refused(bizen.get(f"/Patient/{id}/_history"), 404)
    assert "entry" not in bizen.get("/Patient", params={"identifier": mark}).json()
    assert "entry" in kitakyushu.get("/Patient", params={"identifier": mark}).json()


def test_the_same_id_is_two_records_in_two_towns(towns: tuple[httpx.Client, httpx.Client], mark: str) -> None:
    headers = {"content-type": "application/fhir+json"}
    for town, twins in zip(towns, (1, 2), strict=True):
        patient = mother(id=mark, multipleBirthInteger=twins)
        assert town.put(f"/Patient/{mark}", json=patient, headers=headers).status_code == 201
    told = [town.get(f"/Patient/{mark}").json()["multipleBirthInteger"] for town in towns]
    assert told == [1, 2]


@pytest.mark.parametrize("path", ["/999999/fhir/Patient", "/fhir/Patient", "/fhir", "/40100/fhir/metadata"])
def test_a_town_that_is_not_served_is_404_and_names_those_that_are(two_towns: str, path: str) -> None:
    issues = refused(httpx.get(f"{two_towns}{path}"), 404)
    assert "/401005/fhir" in issues[0]["diagnostics"]
    assert "/332119/fhir" in issues[0]["diagnostics"]


def test_each_town_has_a_capability_statement_with_its_address(
    towns: tuple[httpx.Client, httpx.Client],
) -> None:
    for town in towns:
        told = town.get("/metadata").json()["implementation"]["url"]
        assert told == str(town.base_url).rstrip("/")


def test_the_front_page_leads_to_every_town(two_towns: str, one_town: str) -> None:
    page = httpx.get(two_towns, headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "/401005/fhir/metadata" in page.text
    assert httpx.get(two_towns).json()["towns"]["332119"]["fhir"] == "/332119/fhir"
    assert httpx.get(one_town).json()["towns"]["401005"]["fhir"] == "/fhir"


def test_a_server_says_that_it_lives_and_is_ready(one_town: str) -> None:
    assert httpx.get(f"{one_town}/livez").json() == {"status": "alive"}
    ready = httpx.get(f"{one_town}/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_an_address_beside_fhir_is_404_and_says_what_there_is(one_town: str) -> None:
    issues = refused(httpx.get(f"{one_town}/nothing-here"), 404)
    assert "/fhir" in issues[0]["diagnostics"]
    refused(httpx.post(f"{one_town}/livez"), 405)


def test_two_towns_asked_at_once_never_mix(towns: tuple[httpx.Client, httpx.Client], mark: str) -> None:
    headers = {"content-type": "application/fhir+json"}
    for number, town in enumerate(towns, 1):
        for count in range(5):
            id = f"{mark}-{count}"
            told = mother(id=id, multipleBirthInteger=number)
            assert town.put(f"/Patient/{id}", json=told, headers=headers).status_code == 201

    def ask(turn: int) -> bool:
        number = turn % 2 + 1
        told = towns[turn % 2].get(f"/Patient/{mark}-{turn % 5}").json()
        return bool(told["multipleBirthInteger"] == number)

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(ask, range(200)))
