from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Problems
from boshi.fhir.path import compile_path
from boshi.fhir.search import keys
from boshi.fhir.search.catalogue import stored_parameters
from boshi.fhir.search.entries import index_entries
from boshi.fhir.search.fold import fold
from boshi.fhir.search.quantity import unit_keys

LOINC = "http://loinc.org"
JP = "http://jpfhir.jp/fhir/core/CodeSystem/JP_ObservationBodyMeasurementCode_CS"


def birth_weight(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "w1",
        "status": "final",
        "identifier": [{"system": "http://example.jp/record", "value": "birth|1|weight"}],
        "code": {"coding": [{"system": LOINC, "code": "8339-4"}, {"system": JP, "code": "31002900"}]},
        "subject": {"reference": "Patient/taro"},
        "effectiveDateTime": "2024-04-01",
        "valueQuantity": {"value": Decimal("3.10"), "unit": "kg", "system": keys.UCUM, "code": "kg"},
    } | changes


def mother(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "hanako",
        "name": [{"family": "髙橋", "given": ["花子"]}, {"family": "タカハシ", "given": ["ハナコ"]}],
        "gender": "female",
        "birthDate": "1990-02-28",
        "address": [
            {"state": "福岡県", "city": "福岡市", "line": ["中央区天神1-8-1"], "postalCode": "810-8620"}
        ],
    } | changes


def test_a_coding_is_found_by_its_code_and_by_system_and_code() -> None:
    strings = index_entries(birth_weight()).s
    assert {"Observation.code=8339-4", f"Observation.code={LOINC}|8339-4"} <= set(strings)
    assert {"Observation.code=31002900", f"Observation.code={JP}|31002900"} <= set(strings)


def test_an_alias_is_not_stored_twice() -> None:
    strings = index_entries(birth_weight()).s
    assert [each for each in strings if each.endswith("Patient/taro")] == ["Observation.subject=Patient/taro"]


def test_a_bar_in_a_value_is_escaped_so_that_it_is_no_system() -> None:
    assert (
        "Observation.identifier=http://example.jp/record|birth\\|1\\|weight"
        in index_entries(birth_weight()).s
    )


def test_a_code_carries_the_system_of_its_required_binding() -> None:
    strings = index_entries(mother()).s
    assert {
        "Patient.gender=female",
        "Patient.gender=http://hl7.org/fhir/administrative-gender|female",
    } <= set(strings)


def test_the_patient_and_the_selective_tokens_stand_apart() -> None:
    found = index_entries(birth_weight())
    assert found.p == "taro"
    assert found.c[0] == "Observation"
    whatever_system = {each for each in found.s if each.startswith("Observation.code=") and "|" not in each}
    assert set(found.c[1:]) == whatever_system
    assert whatever_system


def test_a_patient_is_its_own_patient() -> None:
    assert index_entries(mother()).p == "hanako"


@pytest.mark.parametrize(
    ("reference", "values", "patient"),
    [
        ("Patient/taro", ["Patient/taro"], "taro"),
        ("Patient/taro/_history/2", ["Patient/taro", "Patient/taro/_history/2"], "taro"),
        ("http://own.example.jp/fhir/Patient/taro", ["Patient/taro"], "taro"),
        ("http://b.example.jp/fhir/Patient/taro", ["http://b.example.jp/fhir/Patient/taro"], None),
        ("urn:uuid:1", ["urn:uuid:1"], None),
        ("Group/g", ["Group/g"], None),
        ("#p", [""], None),
    ],
)
def test_every_form_of_reference_has_its_keys(reference: str, values: list[str], patient: str | None) -> None:
    found = index_entries(
        birth_weight(subject={"reference": reference}), bases=("http://own.example.jp/fhir/",)
    )
    assert [each for each in found.s if each.startswith("Observation.subject")] == [
        f"Observation.subject={value}" for value in values
    ]
    assert found.p == patient


def test_a_reference_by_identifier_is_found_by_it() -> None:
    subject = {"identifier": {"system": "http://example.jp/atena", "value": "000000000000123"}}
    strings = index_entries(birth_weight(subject=subject)).s
    assert "Observation.subject:identifier=http://example.jp/atena|000000000000123" in strings
    assert "Observation.subject:identifier=000000000000123" in strings
    assert "Observation.subject=" in strings


def test_a_document_is_found_by_its_composition() -> None:
    document = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Composition", "id": "c"}}]}
    assert "Bundle.composition=Composition/c" in index_entries(document).s


def test_a_canonical_is_found_with_and_without_its_version() -> None:
    strings = index_entries(birth_weight(meta={"profile": ["http://example.jp/BoshiWeight|1.0"]})).s
    assert "Observation._profile=http://example.jp/BoshiWeight" in strings
    assert "Observation._profile=http://example.jp/BoshiWeight|1.0" in strings


def test_a_value_without_a_key_is_not_missing() -> None:
    strings = index_entries(birth_weight(code={"text": "出生体重"})).s
    low, high = keys.starting("Observation.code")
    assert [each for each in strings if low <= each < high] == ["Observation.code="]


def test_the_clinical_date_is_a_day_in_japan_and_stands_apart_from_other_dates() -> None:
    found = index_entries(birth_weight(valueQuantity=None, valueDateTime="2024-05"))
    assert (found.k, found.h) == (datetime(2024, 3, 31, 15, tzinfo=UTC), datetime(2024, 4, 1, 15, tzinfo=UTC))
    assert found.d == [
        {
            "k": "Observation.value-date",
            "l": datetime(2024, 4, 30, 15, tzinfo=UTC),
            "h": datetime(2024, 5, 31, 15, tzinfo=UTC),
        }
    ]


def test_a_quantity_is_found_in_any_unit_of_its_kind_and_without_unit() -> None:
    found = index_entries(birth_weight()).q
    for wanted, number in (("g", "3100"), ("kg", "3.1"), ("mg", "3100000"), (None, "3.1")):
        system = None if wanted is None else keys.UCUM
        (key, factor), *_ = unit_keys("Observation.value-quantity", system, wanted)
        assert {"k": key, "v": Decimal(number) * factor} in found


def test_code_and_value_are_found_together_in_one_element() -> None:
    found = index_entries(birth_weight()).q
    name = keys.composite_name("Observation.code-value-quantity", keys.token_value(LOINC, "8339-4"))
    assert {"k": keys.quantity_name(name, keys.UCUM, "g"), "v": Decimal("3100")} in found
    assert {"k": name, "v": Decimal("3.10")} in found


def test_components_keep_each_code_with_its_own_value() -> None:
    pressure = birth_weight(
        component=[
            {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": {"value": value}}
            for code, value in (("8480-6", 118), ("8462-4", 72))
        ]
    )
    found = [each for each in index_entries(pressure).q if "component-code-value" in each["k"]]
    assert found == [
        {"k": f"Observation.component-code-value-quantity:{LOINC}|8480-6", "v": Decimal(118)},
        {"k": f"Observation.component-code-value-quantity:{LOINC}|8462-4", "v": Decimal(72)},
    ]


def test_a_name_is_found_folded_by_every_part_and_as_a_whole_and_exactly_as_written() -> None:
    names = index_entries(mother()).n
    for text in ("高橋", "花子", "タカハシ", "高橋花子", "タカハシハナコ"):
        assert f"Patient.name={text}" in names
    assert "Patient.family:exact=髙橋" in names
    assert "Patient.family:exact=高橋" not in names


def test_an_address_is_found_by_every_part_and_as_a_whole() -> None:
    names = index_entries(mother()).n
    for text in ("福岡県福岡市中央区天神1-8-1", "福岡市", "810-8620"):
        assert f"Patient.address={fold(text)}" in names


def test_people_are_sorted_by_their_kana() -> None:
    assert index_entries(mother()).o["Patient_family"] == "タカハシ\0hanako"


def test_the_living_are_found_as_not_deceased() -> None:
    assert "Patient.deceased=false" in index_entries(mother()).s
    assert "Patient.deceased=true" in index_entries(mother(deceasedDateTime="2024-04-01")).s


@pytest.mark.parametrize("resource_type", definitions().resource_types)
def test_every_type_has_entries_even_when_empty(resource_type: str) -> None:
    found = index_entries({"resourceType": resource_type, "id": "x"})
    assert found.c == [resource_type]
    assert not [each for each in found.s if not each.startswith(f"{resource_type}.")]


_WORDS = st.text(alphabet="ab|\\佐゛", max_size=3)
_CODINGS = st.lists(
    st.fixed_dictionaries({}, optional={"system": _WORDS, "code": _WORDS, "display": _WORDS}), max_size=3
)


@given(_CODINGS)
def test_tokens_are_those_of_a_naive_reading(codings: list[dict[str, str]]) -> None:
    found = set(index_entries(birth_weight(code={"coding": codings})).s)
    wanted: set[tuple[str | None, str]] = set()
    for coding in codings:
        if "code" in coding:
            wanted |= {(None, coding["code"]), (coding.get("system") or "", coding["code"])}
        elif coding.get("system"):
            wanted |= {(None, ""), (coding["system"], "")}
    strings = {f"Observation.code={keys.token_value(system, code)}" for system, code in wanted}
    assert {each for each in found if each.startswith("Observation.code=")} == (
        strings or {"Observation.code="}
    )


@given(
    st.dictionaries(
        st.sampled_from(
            ["subject", "focus", "code", "component", "valueString", "_effectiveDateTime", "hasMember"]
        ),
        st.none(),
    )
)
def test_no_parameter_is_skipped_that_would_find_something(without: dict[str, None]) -> None:
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "x",
        "subject": {"reference": "Patient/a"},
        "focus": [{"reference": "Patient/b"}],
        "code": {"text": "体重"},
        "component": [{"code": {"coding": [{"code": "c"}]}, "valueString": "良"}],
        "valueString": "良好",
        "_effectiveDateTime": {"extension": [{"url": "http://example.jp/x", "valueString": "不詳"}]},
        "hasMember": [{"reference": "Observation/y"}],
    }
    for name in without:
        del resource[name]
    entries = index_entries(resource)
    stored = {each.partition("=")[0] for each in [*entries.s, *entries.n]}
    for parameter in stored_parameters("Observation"):
        path = compile_path(parameter.expression)
        assert not isinstance(path, Problems)
        if parameter.type in ("token", "reference", "string", "uri"):
            assert bool(path.evaluate(resource)) == (parameter.name in stored)
