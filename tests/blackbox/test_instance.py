"""read, vread, update, delete and history of one resource (R4 http §3.1.0.2 to §3.1.0.7, §3.1.0.13)."""

import httpx
import pytest

from tests.blackbox.families import created, mother, refused, weight


def test_read_answers_the_stored_bytes_with_etag_and_last_modified(fhir: httpx.Client) -> None:
    written = fhir.post("/Patient", json=mother())
    answer = fhir.get(f"/Patient/{written.json()['id']}")
    assert answer.status_code == 200
    assert answer.content == written.content
    assert answer.headers["content-type"] == "application/fhir+json; fhirVersion=4.0"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"] == written.headers["last-modified"]


def test_head_answers_like_get_without_a_body(fhir: httpx.Client) -> None:
    id = created(fhir.post("/Patient", json=mother()))["id"]
    get, head = fhir.get(f"/Patient/{id}"), fhir.head(f"/Patient/{id}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("if-none-match", 'W/"1"', 304),
        ("if-none-match", '"nothing", W/"1"', 304),
        ("if-none-match", 'W/"9"', 200),
        ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ],
)
def test_a_client_that_has_the_version_is_told_304(
    fhir: httpx.Client, header: str, value: str, status: int
) -> None:
    id = created(fhir.post("/Patient", json=mother()))["id"]
    assert fhir.get(f"/Patient/{id}", headers={header: value}).status_code == status


def test_the_time_that_a_read_told_is_the_time_of_the_version(fhir: httpx.Client) -> None:
    url = f"/Patient/{created(fhir.post('/Patient', json=mother()))['id']}"
    told = fhir.get(url).headers["last-modified"]
    assert fhir.get(url, headers={"if-modified-since": told}).status_code == 304


@pytest.mark.parametrize(
    "since",
    [
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 -0000",
        "昨日".encode(),
    ],
)
def test_a_time_that_is_none_is_passed_over(fhir: httpx.Client, since: str | bytes) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    answer = fhir.get(f"/Patient/{patient['id']}", headers={"if-modified-since": since})
    assert answer.status_code == 200, answer.text


def test_an_id_that_was_never_known_is_404(fhir: httpx.Client) -> None:
    refused(fhir.get("/Patient/never-known"), 404)
    refused(fhir.get("/Patient/never-known/_history"), 404)
    refused(fhir.get("/Patient/never-known/_history/1"), 404)
    refused(fhir.delete("/Patient/never-known"), 404)


def test_a_type_that_r4_does_not_have_is_404_and_names_the_near_ones(fhir: httpx.Client) -> None:
    issues = refused(fhir.get("/Pateint/1"), 404)
    assert "Patient" in issues[0]["diagnostics"]


def test_an_update_makes_a_version_and_both_can_be_read(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    url = f"/Patient/{patient['id']}"
    answer = fhir.put(url, json={**patient, "active": True})
    assert answer.status_code == 200
    assert answer.headers["etag"] == 'W/"2"'
    assert fhir.get(url).json()["active"] is True
    assert "active" not in fhir.get(f"{url}/_history/1").json()
    assert fhir.get(f"{url}/_history/2").content == answer.content
    refused(fhir.get(f"{url}/_history/3"), 404)
    refused(fhir.get(f"{url}/_history/first"), 404)


def test_an_identical_update_makes_no_version(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    answer = fhir.put(f"/Patient/{patient['id']}", json=patient)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"1"')


def test_an_update_at_a_new_id_creates(fhir: httpx.Client, mark: str) -> None:
    answer = fhir.put(f"/Patient/{mark}", json=mother(id=mark))
    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"/Patient/{mark}/_history/1")


def test_update_needs_the_same_id_in_body_and_address(fhir: httpx.Client, mark: str) -> None:
    refused(fhir.put(f"/Patient/{mark}", json=mother(id="other")), 400)
    refused(fhir.put(f"/Patient/{mark}", json=mother()), 400)
    refused(fhir.put("/Patient/no_underscore", json=mother(id="no_underscore")), 400)
    refused(fhir.put(f"/Patient/{'x' * 65}", json=mother(id="x" * 65)), 400)


def test_if_match_with_another_version_is_412_and_changes_nothing(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    url = f"/Patient/{patient['id']}"
    assert fhir.put(url, json={**patient, "active": True}, headers={"if-match": 'W/"1"'}).status_code == 200
    refused(fhir.put(url, json={**patient, "active": False}, headers={"if-match": 'W/"1"'}), 412)
    refused(fhir.delete(url, headers={"if-match": 'W/"1"'}), 412)
    assert fhir.get(url).json()["active"] is True


def test_if_none_match_star_creates_and_never_overwrites(fhir: httpx.Client, mark: str) -> None:
    new = {"if-none-match": "*"}
    assert fhir.put(f"/Patient/{mark}", json=mother(id=mark), headers=new).status_code == 201
    refused(fhir.put(f"/Patient/{mark}", json=mother(id=mark, active=True), headers=new), 412)


@pytest.mark.parametrize("etag", ["1", "*garbage*", 'W/"-1"', 'W/"1', 'W/"99999999999999999999999"'])
def test_an_etag_this_server_never_gives_is_400(fhir: httpx.Client, etag: str) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    refused(fhir.put(f"/Patient/{patient['id']}", json=patient, headers={"if-match": etag}), 400)


def test_a_deleted_resource_is_410_and_its_history_stays(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    url = f"/Patient/{patient['id']}"
    assert fhir.delete(url).status_code == 204
    assert fhir.delete(url).status_code == 204
    refused(fhir.get(url), 410)
    refused(fhir.get(f"{url}/_history/2"), 410)
    assert fhir.get(f"{url}/_history/1").status_code == 200
    history = fhir.get(f"{url}/_history").json()
    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "POST"]


def test_a_deleted_resource_comes_back_by_update(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    url = f"/Patient/{patient['id']}"
    fhir.delete(url)
    answer = fhir.put(url, json=patient)
    assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"3"')
    assert fhir.get(url).status_code == 200


def test_what_is_referenced_cannot_be_deleted(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    observation = created(fhir.post("/Observation", json=weight(f"Patient/{patient['id']}")))
    issues = refused(fhir.delete(f"/Patient/{patient['id']}"), 409)
    assert f"Observation/{observation['id']}" in issues[0]["diagnostics"]
    assert fhir.delete(f"/Observation/{observation['id']}").status_code == 204
    assert fhir.delete(f"/Patient/{patient['id']}").status_code == 204


def test_history_is_newest_first_and_paged(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    url = f"/Patient/{patient['id']}"
    for number in range(4):
        fhir.put(url, json={**patient, "multipleBirthInteger": number + 1})
    seen, page = [], fhir.get(f"{url}/_history", params={"_count": 2}).json()
    while True:
        assert page["type"] == "history"
        seen += [entry["resource"]["meta"]["versionId"] for entry in page["entry"]]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            break
        page = fhir.get(following[0]).json()
    assert seen == ["5", "4", "3", "2", "1"]


def test_history_says_what_each_version_did(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    url = f"/Patient/{patient['id']}"
    fhir.put(url, json={**patient, "active": True})
    fhir.delete(url)
    fhir.put(url, json=patient)
    told = fhir.get(f"{url}/_history").json()["entry"]
    assert [entry["response"]["status"] for entry in told] == ["201", "204", "200", "201"]
    paged = fhir.get(f"{url}/_history", params={"_count": 1}).json()["entry"]
    assert paged[0]["response"]["status"] == "201"


def test_a_history_of_no_entries_has_no_next_page(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    page = fhir.get(f"/Patient/{patient['id']}/_history", params={"_count": 0}).json()
    assert [link["relation"] for link in page["link"]] == ["self"]


def test_history_refuses_what_it_does_not_understand(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))
    refused(fhir.get(f"/Patient/{patient['id']}/_history", params={"_count": "many"}), 400)
    refused(fhir.get(f"/Patient/{patient['id']}/_history", params={"_since": "2026"}), 400)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/Patient/1", "DELETE, GET, HEAD, PUT"),
        ("POST", "/Patient/1", "DELETE, GET, HEAD, PUT"),
        ("PUT", "/Patient", "GET, HEAD, POST"),
        ("DELETE", "/Patient", "GET, HEAD, POST"),
        ("GET", "/Patient/_search", "POST"),
        ("GET", "/", "POST"),
        ("POST", "/metadata", "GET, HEAD"),
        ("OPTIONS", "/Patient", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_is_not_offered_is_405_with_allow(
    fhir: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = fhir.request(method, path)
    refused(answer, 405)
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/Patient/1/Observation", "/Patient/1/_history/1/2", "/Patient//1", "/$everything"]
)
def test_an_address_where_nothing_is_answers_404(fhir: httpx.Client, path: str) -> None:
    refused(fhir.get(path), 404)
