"""Bundles joined from stored bytes are Bundles, also to a library that is not ours."""

from fhir.resources.R4B.bundle import Bundle

from boshi.fhir.codec import decode
from boshi.fhir.outcome import error
from boshi.fhir.structure import check_structure
from boshi.server.bundles.entries import located
from boshi.server.bundles.joined import bundle, entry

_PATIENT = b'{"resourceType":"Patient","id":"a","name":[{"text":"\xf0\xa0\xae\xb7\xe7\x94\xb0"}]}'


def checked(body: bytes) -> None:
    assert check_structure(decode(body)) == []
    Bundle.model_validate_json(body)


def test_a_searchset_is_a_bundle() -> None:
    found = entry(full_url="http://localhost/fhir/Patient/a", resource=_PATIENT, search_mode="match")
    body = bundle("searchset", [found], total=1, links=[("self", 'http://localhost/fhir/Patient?name="吉"')])
    checked(body)
    assert _PATIENT in body


def test_a_history_with_a_deletion_is_a_bundle() -> None:
    gone = entry(
        full_url="http://localhost/fhir/Patient/a",
        request={"method": "DELETE", "url": "Patient/a"},
        response={"status": "204", "etag": 'W/"2"', "lastModified": "2026-11-22T00:00:00.000Z"},
    )
    checked(bundle("history", [gone]))


def test_a_batch_response_holds_the_outcomes() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
    checked(bundle("batch-response", [entry(response={"status": "404 Not Found", "outcome": outcome})]))


def test_an_empty_bundle_has_no_empty_list() -> None:
    checked(bundle("searchset", []))
    assert b"entry" not in bundle("searchset", [])


def test_a_decimal_inside_is_kept_as_it_was_stored() -> None:
    stored = b'{"resourceType":"Observation","valueQuantity":{"value":72.50}}'
    told = decode(bundle("searchset", [entry(resource=stored)]))
    assert isinstance(told, dict)
    assert str(told["entry"][0]["resource"]["valueQuantity"]["value"]) == "72.50"


def test_issues_of_an_entry_are_told_from_the_root_of_the_bundle() -> None:
    issues = [
        error("value", "wrong", "誤り", expression)
        for expression in ("", "Patient", "Patient.gender", "resourceType", "Bundle.entry[9].fullUrl")
    ]
    assert [issue.expression for issue in located(issues, "Bundle.entry[3]")] == [
        "Bundle.entry[3]",
        "Bundle.entry[3].resource",
        "Bundle.entry[3].resource.gender",
        "Bundle.entry[3].resource.resourceType",
        "Bundle.entry[9].fullUrl",
    ]
