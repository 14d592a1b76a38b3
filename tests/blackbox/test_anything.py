"""Anything at all: records with one place replaced, queries of any text. Answers, never a 5xx."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boshi.fhir.search.query import searchable
from tests.blackbox.families import mother, weight

JSON = {"content-type": "application/fhir+json"}
LIVELY = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TRANSACTION = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"fullUrl": "urn:uuid:9f2c4b1e-7a55-4d0e-8a2b-0c9d3f6e1a11", "resource": mother(),
         "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=http://example.jp/x|1"}},
        {"resource": weight("urn:uuid:9f2c4b1e-7a55-4d0e-8a2b-0c9d3f6e1a11"),
         "request": {"method": "PUT", "url": "Observation/any", "ifMatch": 'W/"1"'}},
        {"request": {"method": "GET", "url": "Patient?name=a"}},
    ],
}  # fmt: skip
RECORDS: list[tuple[str, dict[str, Any]]] = [
    (
        "/Patient",
        mother("1", contact=[{"name": {"text": "母"}}], contained=[{"resourceType": "Organization"}]),
    ),
    ("/Observation", weight("Patient/1", 3.5, component=[{"code": {"text": "a"}, "valueRange": {}}])),
    ("/", TRANSACTION),
    ("/", {**TRANSACTION, "type": "batch"}),
]


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from _places(each, (*here, name))


@st.composite
def changed_records(draw: st.DrawFn) -> tuple[str, Any]:
    path, record = draw(st.sampled_from(RECORDS))
    place = draw(st.sampled_from([place for place in _places(record) if place]))
    changed = copy.deepcopy(record)
    holder = changed
    for name in place[:-1]:
        holder = holder[name]
    if draw(st.booleans()) and isinstance(holder, dict):
        holder[draw(TEXT)] = draw(VALUES)
    else:
        holder[place[-1]] = draw(VALUES)
    return path, changed


@LIVELY
@given(changed_records())
def test_a_record_with_anything_in_one_place_is_taken_or_refused(
    fhir: httpx.Client, told: tuple[str, Any]
) -> None:
    path, record = told
    answer = fhir.post(path, content=json.dumps(record, ensure_ascii=False).encode(), headers=JSON)
    assert answer.status_code < 500, answer.text
    if path == "/" and answer.status_code == 200:
        for entry in answer.json().get("entry", []):
            assert entry["response"]["status"] < "500", entry


@LIVELY
@given(st.binary(max_size=60))
def test_any_bytes_are_refused(fhir: httpx.Client, body: bytes) -> None:
    assert 400 <= fhir.post("/Patient", content=body, headers=JSON).status_code < 500


@LIVELY
@given(
    st.sampled_from(["Patient", "Observation", "Immunization", "Encounter"]),
    st.lists(
        st.tuples(
            st.integers(min_value=0),
            st.sampled_from(
                ["", "", "", ":exact", ":not", ":missing", ":contains", ":Patient", ":x", ".name"]
            ),
            TEXT
            | st.sampled_from(
                ["ge2026", "lt2026-01-01T00:00", "1,2", "a|b", "|b", "a|", "\\,", "1||g", "(["]
            ),
        ),
        max_size=4,
    ),
)
def test_any_search_is_answered_or_refused(
    fhir: httpx.Client, type: str, asked: list[tuple[int, str, str]]
) -> None:
    names = [
        *searchable(type),
        "_count",
        "_sort",
        "_include",
        "_revinclude",
        "_cursor",
        "_total",
        "_has",
        "_text",
    ]
    params = [(names[number % len(names)] + modifier, value) for number, modifier, value in asked]
    answer = fhir.get(f"/{type}", params=params)
    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize(
    "header", ["if-match", "if-none-match", "if-modified-since", "prefer", "if-none-exist", "accept"]
)
@LIVELY
@given(value=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30).map(str.strip))
def test_any_header_is_answered_or_refused(fhir: httpx.Client, header: str, value: str) -> None:
    record = {**mother(id="header"), "active": True}
    answer = fhir.put("/Patient/header", json=record, headers={header: value})
    assert answer.status_code < 500, answer.text
    assert fhir.get("/Patient/header", headers={header: value}).status_code in (200, 304, 404, 406)
