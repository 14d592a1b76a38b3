import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.references import local_key, parse_reference, references, rewrite

MOTHER = "urn:uuid:7f0c6a3e-1d0e-4c7f-9a52-3c1de1c90001"


def checkup() -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "text": {"div": f'<div><a href="{MOTHER}#top">山﨑 花子</a><img src="{MOTHER}"/>{MOTHER}</div>'},
        "contained": [{"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "#o"}}],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": MOTHER}],
        "instantiatesCanonical": MOTHER,
        "subject": {"reference": MOTHER, "type": "Patient"},
        "performer": [{"display": "助産師"}, {"reference": f"{MOTHER}/_history/2"}],
        "_status": {
            "extension": [{"url": "http://example.jp/mother", "valueReference": {"reference": MOTHER}}]
        },
        "extension": [{"url": "http://example.jp/page", "valueUri": MOTHER}],
    }


def test_every_reference_is_found_with_its_place() -> None:
    assert [(path, holder["reference"]) for path, holder in references(checkup())] == [
        ("Observation.contained[0].managingOrganization", "#o"),
        ("Observation.subject", MOTHER),
        ("Observation.performer[1]", f"{MOTHER}/_history/2"),
        ("Observation._status.extension[0].valueReference", MOTHER),
    ]


def test_an_element_named_reference_that_is_a_uri_is_no_reference() -> None:
    issue = {"resourceType": "DetectedIssue", "reference": "http://example.jp/page"}
    assert list(references(issue)) == []


def test_references_inside_the_entries_of_a_bundle_are_the_entries_own() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": checkup()}]}
    assert list(references(bundle)) == []


def test_rewriting_replaces_references_uris_and_links_but_no_values_and_no_canonicals() -> None:
    before = checkup()
    untouched = copy.deepcopy(before)
    after = rewrite(before, {MOTHER: "Patient/42"})
    assert before == untouched
    assert after["subject"] == {"reference": "Patient/42", "type": "Patient"}
    assert after["performer"][1] == {"reference": "Patient/42/_history/2"}
    assert after["_status"]["extension"][0]["valueReference"] == {"reference": "Patient/42"}
    assert after["extension"][0]["valueUri"] == "Patient/42"
    assert after["text"]["div"] == (
        f'<div><a href="Patient/42#top">山﨑 花子</a><img src="Patient/42"/>{MOTHER}</div>'
    )
    assert after["identifier"] == before["identifier"]
    assert after["instantiatesCanonical"] == MOTHER


def test_rewriting_reaches_into_the_entries_of_a_bundle() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": MOTHER, "resource": checkup()}]}
    entry = rewrite(bundle, {MOTHER: "Patient/42"})["entry"][0]
    assert entry["fullUrl"] == "Patient/42"
    assert entry["resource"]["subject"]["reference"] == "Patient/42"


@given(st.dictionaries(st.sampled_from(["urn:uuid:1", "urn:uuid:2"]), st.just("Patient/1")))
def test_rewriting_with_what_does_not_occur_changes_nothing(mapping: dict[str, str]) -> None:
    assert rewrite(checkup(), mapping) == checkup()


@pytest.mark.parametrize(
    ("text", "kind", "key", "version"),
    [
        ("Patient/abc", "relative", "Patient/abc", None),
        ("Patient/abc/_history/3", "relative", "Patient/abc", "3"),
        ("http://a.example.jp/401005/fhir/Patient/abc", "absolute", "Patient/abc", None),
        ("https://a.example.jp/fhir/Patient/abc/_history/3", "absolute", "Patient/abc", "3"),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn", None, None),
        ("urn:oid:1.2.3", "urn", None, None),
        ("#p1", "contained", None, None),
        ("#", "contained", None, None),
        ("Patient?identifier=http://example.jp|1", "conditional", None, None),
        ("http://example.jp/page.html", "other", None, None),
        ("Hasu/abc", "other", None, None),
        ("Patient/日本", "other", None, None),
        ("", "other", None, None),
    ],
)
def test_the_text_of_a_reference_says_what_it_is(
    text: str, kind: str, key: str | None, version: str | None
) -> None:
    parsed = parse_reference(text)
    assert (parsed.kind, parsed.key, parsed.version) == (kind, key, version)


def test_a_reference_with_our_own_base_is_local_and_with_another_base_is_not() -> None:
    bases = ("http://a.example.jp/401005/fhir/",)
    assert local_key("http://a.example.jp/401005/fhir/Patient/abc", bases) == "Patient/abc"
    assert local_key("http://b.example.jp/332119/fhir/Patient/abc", bases) is None
    assert local_key("Patient/abc") == "Patient/abc"
    assert local_key("#p1", bases) is None


@given(st.text())
def test_any_text_is_classified(text: str) -> None:
    assert parse_reference(text).text == text
