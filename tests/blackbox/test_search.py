"""search by GET and POST (R4 search §3.1.1): what is found, the links, and what is refused."""

from typing import Any

import httpx
import pytest

from tests.blackbox.families import ATENA, created, mother, refused, weight


def bundle_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    bundle: dict[str, Any] = answer.json()
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    return bundle


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == mode]


def link(bundle: dict[str, Any], relation: str) -> str | None:
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), None)


def test_a_search_answers_stored_bytes_with_full_url_and_mode(fhir: httpx.Client, mark: str) -> None:
    written = fhir.post("/Patient", json=mother(mark, multipleBirthInteger=2))
    answer = fhir.get("/Patient", params={"identifier": f"{ATENA}|{mark}"})
    entry = bundle_of(answer)["entry"][0]
    assert written.content in answer.content
    assert entry["fullUrl"] == f"{fhir.base_url}Patient/{written.json()['id']}"
    assert entry["search"]["mode"] == "match"


def test_a_search_by_post_finds_the_same(fhir: httpx.Client, mark: str) -> None:
    id = created(fhir.post("/Patient", json=mother(mark)))["id"]
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = fhir.post("/Patient/_search", data={"identifier": mark}, headers=form)
    assert ids(bundle_of(answer)) == [id]
    mixed = fhir.post(f"/Patient/_search?identifier={mark}", data={"gender": "male"}, headers=form)
    assert ids(bundle_of(mixed)) == []


def test_a_search_that_finds_nothing_is_an_empty_bundle(fhir: httpx.Client, mark: str) -> None:
    bundle = bundle_of(fhir.get("/Patient", params={"identifier": mark, "_total": "accurate"}))
    assert "entry" not in bundle
    assert bundle["total"] == 0


def test_the_self_link_says_what_was_used(fhir: httpx.Client, mark: str) -> None:
    answer = fhir.get("/Patient", params={"identifier": mark, "_count": 5, "_format": "json"})
    told = httpx.URL(link(bundle_of(answer), "self") or "")
    assert str(told).startswith(f"{fhir.base_url}Patient?")
    assert dict(told.params) == {"identifier": mark, "_count": "5"}


def test_pages_hold_each_resource_once_and_lead_back(fhir: httpx.Client, mark: str) -> None:
    tag = {"meta": {"tag": [{"system": "http://example.jp/test", "code": mark}]}}
    made = {created(fhir.post("/Patient", json=mother(**tag)))["id"] for _ in range(7)}
    bundle = bundle_of(fhir.get("/Patient", params={"_tag": mark, "_count": 3}))
    pages = [ids(bundle)]
    while following := link(bundle, "next"):
        bundle = bundle_of(fhir.get(following))
        pages.append(ids(bundle))
    seen = [id for page in pages for id in page]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert (len(seen), set(seen)) == (7, made)
    previous = link(bundle, "previous")
    if previous is not None:
        assert ids(bundle_of(fhir.get(previous))) == pages[1]


def test_strings_are_found_as_japanese_writes_them(fhir: httpx.Client, mark: str) -> None:
    name = [{"family": "ワタナベ", "given": [mark]}]
    id = created(fhir.post("/Patient", json=mother(name=name)))["id"]
    for written in ("わたなべ", "ﾜﾀﾅﾍﾞ", "ワタナヘ", "ワタ"):
        assert ids(bundle_of(fhir.get("/Patient", params={"family": written, "given": mark}))) == [id]
    assert ids(bundle_of(fhir.get("/Patient", params={"family:exact": "わたなべ", "given": mark}))) == []


@pytest.mark.parametrize("last", ["\ud7ff", "\U0010ffff", "\U0010ffff" * 3])
def test_a_name_may_end_in_the_last_letter_there_is(fhir: httpx.Client, mark: str, last: str) -> None:
    id = created(fhir.post("/Patient", json=mother(name=[{"family": f"森{last}", "given": [mark]}])))["id"]
    assert ids(bundle_of(fhir.get("/Patient", params={"family": f"森{last}", "given": mark}))) == [id]
    assert ids(bundle_of(fhir.get("/Patient", params={"family": f"林{last}", "given": mark}))) == []


def test_a_day_in_japan_begins_at_fifteen_utc_the_day_before(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))["id"]
    early = weight(f"Patient/{patient}", effectiveDateTime="2026-10-31T15:00:00Z")
    id = created(fhir.post("/Observation", json=early))["id"]
    about = {"patient": patient}
    assert ids(bundle_of(fhir.get("/Observation", params={**about, "date": "2026-11-01"}))) == [id]
    assert ids(bundle_of(fhir.get("/Observation", params={**about, "date": "2026-10-31"}))) == []
    between = [("patient", patient), ("date", "ge2026-11-01"), ("date", "lt2026-11-02")]
    assert ids(bundle_of(fhir.get("/Observation", params=between))) == [id]


def test_quantity_token_not_missing_and_or(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))["id"]
    light = created(fhir.post("/Observation", json=weight(f"Patient/{patient}", 1980)))["id"]
    heavy = created(fhir.post("/Observation", json=weight(f"Patient/{patient}", 3420)))["id"]

    def found(**params: str) -> set[str]:
        return set(ids(bundle_of(fhir.get("/Observation", params={"patient": patient, **params}))))

    assert found(**{"value-quantity": "lt2500"}) == {light}
    assert found(**{"value-quantity": "ge3000|http://unitsofmeasure.org|g"}) == {heavy}
    assert found(code="http://loinc.org|8339-4,29463-7") == {light, heavy}
    assert found(**{"code:not": "8339-4"}) == set()
    assert found(**{"performer:missing": "true"}) == {light, heavy}
    assert found(**{"performer:missing": "false"}) == set()
    assert found(_id=light) == {light}
    assert found(status="final,amended", _sort="-date") == {light, heavy}


def test_include_and_revinclude_bring_what_belongs_together(fhir: httpx.Client, mark: str) -> None:
    patient = created(fhir.post("/Patient", json=mother(mark)))["id"]
    observation = created(fhir.post("/Observation", json=weight(f"Patient/{patient}")))["id"]
    forward = bundle_of(
        fhir.get("/Observation", params={"_id": observation, "_include": "Observation:subject"})
    )
    assert (ids(forward), ids(forward, "include")) == ([observation], [patient])
    backward = bundle_of(
        fhir.get("/Patient", params={"identifier": mark, "_revinclude": "Observation:subject"})
    )
    assert (ids(backward), ids(backward, "include")) == ([patient], [observation])


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_every_address_of_this_server_means_the_same_record(fhir: httpx.Client, name: str) -> None:
    patient = created(fhir.post("/Patient", json=mother()))["id"]
    base = str(fhir.base_url.copy_with(host=name)).rstrip("/")
    id = created(fhir.post("/Observation", json=weight(f"{base}/Patient/{patient}")))["id"]
    for subject in (patient, f"Patient/{patient}", f"{base}/Patient/{patient}"):
        assert ids(bundle_of(fhir.get("/Observation", params={"subject": subject}))) == [id]
    refused(fhir.post("/Observation", json=weight(f"{base}/Patient/nobody")), 422)


def test_a_deleted_resource_is_not_found(fhir: httpx.Client, mark: str) -> None:
    id = created(fhir.post("/Patient", json=mother(mark)))["id"]
    fhir.delete(f"/Patient/{id}")
    assert ids(bundle_of(fhir.get("/Patient", params={"identifier": mark}))) == []


def test_an_unknown_parameter_is_400_and_names_the_valid_ones(fhir: httpx.Client) -> None:
    issues = refused(fhir.get("/Patient", params={"brithdate": "2026"}), 400)
    assert "birthdate" in issues[0]["diagnostics"]


def test_lenient_handling_passes_over_an_unknown_parameter_and_says_so(fhir: httpx.Client, mark: str) -> None:
    id = created(fhir.post("/Patient", json=mother(mark)))["id"]
    asked = {"identifier": mark, "colour": "red"}
    bundle = bundle_of(fhir.get("/Patient", params=asked, headers={"prefer": "handling=lenient"}))
    assert ids(bundle) == [id]
    assert "colour" not in (link(bundle, "self") or "")
    warning = [entry for entry in bundle["entry"] if entry["search"]["mode"] == "outcome"]
    assert "colour" in warning[0]["resource"]["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "query",
    [
        "birthdate=last-week",
        "birthdate=2026-13",
        "birthdate=zz2026",
        "_count=-1",
        "_count=many",
        "_sort=colour",
        "_include=Patient",
        "_include=Patient:colour",
        "_revinclude=Nobody:subject",
        "_total=maybe",
        "name:sideways=x",
        "identifier:exact=x",
        "_lastUpdated=soon",
        "_cursor=broken",
        "_cursor=%F0%9F%91%B6",
        "_cursor=",
        "name=%FF%FE",
        "name=%00",
        "_id=" + "x" * 3000,
        "&".join(["name=a"] * 600),
        "general-practitioner.name.name.name=x",
    ],
)
def test_a_search_that_cannot_be_meant_is_400(fhir: httpx.Client, query: str) -> None:
    refused(fhir.get(f"/Patient?{query}"), 400)


def test_a_cursor_of_another_search_is_refused(fhir: httpx.Client, mark: str) -> None:
    tag = {"meta": {"tag": [{"system": "http://example.jp/test", "code": mark}]}}
    for _ in range(2):
        created(fhir.post("/Patient", json=mother(**tag)))
    following = link(bundle_of(fhir.get("/Patient", params={"_tag": mark, "_count": 1})), "next")
    cursor = httpx.URL(following or "").params["_cursor"]
    refused(fhir.get("/Observation", params={"_cursor": cursor, "_sort": "date"}), 400)
    refused(fhir.get("/Patient", params={"_cursor": cursor, "_tag": f"{mark}-other", "_count": 1}), 400)


@pytest.mark.parametrize("sort", ["", "_lastUpdated", "_security"])
def test_a_page_of_large_records_ends_early_and_leads_on(fhir: httpx.Client, mark: str, sort: str) -> None:
    large = {
        "resourceType": "Binary",
        "meta": {"tag": [{"code": mark}]},
        "contentType": "text/plain",
        "data": "QUJD" * 875_000,
    }
    made = {created(fhir.post("/Binary", json=large))["id"] for _ in range(6)}
    asked = {"_tag": mark, **({"_sort": sort} if sort else {})}
    bundle = bundle_of(fhir.get("/Binary", params=asked))
    pages = [ids(bundle)]
    while following := link(bundle, "next"):
        bundle = bundle_of(fhir.get(following))
        pages.append(ids(bundle))
    assert [len(page) for page in pages] == [5, 1]
    assert set(pages[0] + pages[1]) == made


def test_what_matches_is_not_included_once_more(fhir: httpx.Client, mark: str) -> None:
    first = created(fhir.post("/Patient", json=mother(mark)))["id"]
    link_to_first = [{"other": {"reference": f"Patient/{first}"}, "type": "seealso"}]
    second = created(fhir.post("/Patient", json=mother(mark, link=link_to_first)))["id"]
    asked = {"identifier": mark, "_include": "Patient:link", "_revinclude": "Patient:link"}
    bundle = bundle_of(fhir.get("/Patient", params=asked))
    assert (set(ids(bundle)), ids(bundle, "include")) == ({first, second}, [])


def test_includes_of_too_many_bytes_are_refused(fhir: httpx.Client) -> None:
    patient = created(fhir.post("/Patient", json=mother()))["id"]
    scan = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": f"Patient/{patient}"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "QUJD" * 875_000}}],
    }
    for _ in range(10):
        created(fhir.post("/DocumentReference", json=scan))
    asked = {"_id": patient, "_revinclude": "DocumentReference:subject"}
    assert refused(fhir.get("/Patient", params=asked), 400)[0]["code"] == "too-costly"


def test_a_count_beyond_the_limit_is_lowered_and_one_beyond_reason_refused(fhir: httpx.Client) -> None:
    bundle = bundle_of(fhir.get("/Location", params={"_count": "1000000"}))
    assert "_count=1000" in (link(bundle, "self") or "").split("&")[0]
    refused(fhir.get("/Location", params={"_count": "9" * 40}), 400)


def test_count_zero_answers_the_total_alone(fhir: httpx.Client, mark: str) -> None:
    created(fhir.post("/Patient", json=mother(mark)))
    bundle = bundle_of(fhir.get("/Patient", params={"identifier": mark, "_count": "0"}))
    assert (bundle["total"], "entry" in bundle) == (1, False)


def test_a_form_that_is_none_is_415(fhir: httpx.Client) -> None:
    refused(fhir.post("/Patient/_search", json={"name": "x"}), 415)
