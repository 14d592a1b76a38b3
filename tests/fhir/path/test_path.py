from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Problems
from boshi.fhir.path import EvaluationError, Path, compile_path

MOTHER: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "hanako",
    "active": True,
    "gender": "female",
    "birthDate": "1990-02-28",
    "_birthDate": {
        "extension": [{"url": "http://example.jp/time", "valueDateTime": "1990-02-28T03:00:00+09:00"}]
    },
    "name": [
        {"use": "official", "family": "髙橋", "given": ["花子"]},
        {"use": "old", "family": "山﨑", "given": ["花子"], "_given": [{"id": "g"}]},
    ],
    "telecom": [
        {"system": "phone", "value": "092-000-0000"},
        {"system": "email", "value": "hanako@example.jp"},
    ],
    "contained": [{"resourceType": "Organization", "id": "o", "name": "母子保健課"}],
    "managingOrganization": {"reference": "#o"},
    "generalPractitioner": [{"reference": "Practitioner/1"}, {"reference": "Organization/2"}],
}
WEIGHT: dict[str, Any] = {
    "resourceType": "Observation",
    "valueQuantity": {
        "value": Decimal("3.10"),
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
    "component": [{"valueString": "良"}, {"valueInteger": 3}],
}


def compiled(expression: str) -> Path:
    path = compile_path(expression)
    assert isinstance(path, Path), path
    return path


def values(expression: str, resource: dict[str, Any] = MOTHER) -> list[Any]:
    return [node.value for node in compiled(expression).evaluate(resource)]


def types(expression: str, resource: dict[str, Any] = MOTHER) -> list[str]:
    return [node.type for node in compiled(expression).evaluate(resource)]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Patient.name.family", ["髙橋", "山﨑"]),
        ("name.given", ["花子", "花子"]),
        ("Observation.code", []),
        ("Patient.name[1].family", ["山﨑"]),
        ("Patient.name[7]", []),
        ("Patient.name.where(use = 'old').family", ["山﨑"]),
        ("Patient.telecom.where(system='email').value", ["hanako@example.jp"]),
        ("Patient.name.family | Patient.name.given", ["髙橋", "山﨑", "花子"]),
        ("Patient.deceased.exists() and Patient.deceased != false", [False]),
        ("Patient.active and Patient.deceased", []),
        ("Patient.birthDate.extension('http://example.jp/time').value", ["1990-02-28T03:00:00+09:00"]),
        ("Patient.managingOrganization.resolve().name", ["母子保健課"]),
        ("Patient.generalPractitioner.where(resolve() is Practitioner).reference", ["Practitioner/1"]),
        ("Patient.birthDate < @1990-03", [True]),
        ("Patient.name.select(family & given.first())", ["髙橋花子", "山﨑花子"]),
        ("Patient.name.count() * 2 + 1", [5]),
        ("Patient.birthDate + 1 month", ["1990-03-28"]),
        ("2.5 'kg' < 2600 'g'", [True]),
        ("3.10 = 3.1", [True]),
        ("{}", []),
        ("`Patient`.`name`.first().family", ["髙橋"]),
    ],
)
def test_an_expression_finds_what_it_names(expression: str, found: list[Any]) -> None:
    assert values(expression) == found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Patient.gender", ["code"]),
        ("Patient.birthDate", ["date"]),
        ("Patient.name", ["HumanName", "HumanName"]),
        ("Patient.contained", ["Organization"]),
        ("Patient.birthDate.extension", ["Extension"]),
        ("Patient.birthDate.extension.value", ["dateTime"]),
        ("'a'", ["System.String"]),
    ],
)
def test_a_node_knows_its_type(expression: str, found: list[str]) -> None:
    assert types(expression) == found


def test_a_choice_has_the_type_that_its_property_names() -> None:
    assert types("Observation.value", WEIGHT) == ["Quantity"]
    assert types("Observation.component.value", WEIGHT) == ["string", "integer"]
    assert values("(Observation.component.value as string)", WEIGHT) == ["良"]
    assert values("Observation.value.ofType(Quantity).value", WEIGHT) == [Decimal("3.10")]


def test_a_primitive_with_extensions_only_is_a_node_without_a_value() -> None:
    unknown = {"resourceType": "Patient", "_birthDate": {"extension": [{"url": "http://example.jp/unknown"}]}}
    assert values("Patient.birthDate", unknown) == [None]
    assert values("Patient.birthDate.exists()", unknown) == [True]
    assert values("Patient.birthDate.hasValue()", unknown) == [False]


def test_a_reference_that_cannot_be_resolved_still_tells_its_type() -> None:
    assert values("Patient.generalPractitioner[1].resolve() is Organization") == [True]


def test_a_resolver_gives_the_resource_behind_a_reference() -> None:
    path = compiled("Patient.generalPractitioner.resolve().name.family")
    doctor = {"resourceType": "Practitioner", "name": [{"family": "鈴木"}]}
    found = path.evaluate(MOTHER, resolver=lambda text: doctor if text == "Practitioner/1" else None)
    assert [node.value for node in found] == ["鈴木"]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("Patient.name.sumOf()", "there is no function sumOf()"),
        ("Patient.name is Hasu", "there is no type Hasu"),
        ("Patient.name.where()", "takes 1 arguments, found 0"),
        ("Patient.name.", "a name was expected"),
        ("Patient name", "the end of the expression was expected"),
        ("Patient.name = 'x", "begins nothing that FHIRPath knows"),
        ("$that", "$that is unknown"),
        (r"'\q'", "is no escape sequence"),
        ("(" * 200 + "1" + ")" * 200, "nested deeper"),
        ("", "a name was expected"),
    ],
)
def test_what_cannot_be_compiled_is_refused_in_words(expression: str, told: str) -> None:
    found = compile_path(expression)
    assert isinstance(found, Problems)
    assert told in found.issues[0].text
    assert found.issues[0].text_ja.startswith("FHIRPath 式")


@pytest.mark.parametrize(
    "expression",
    ["Patient.name.single()", "Patient.name.family + 1", "1 + 'a'", "%unknown", "now()", "'a' < 1"],
)
def test_data_that_does_not_fit_is_an_evaluation_error(expression: str) -> None:
    with pytest.raises(EvaluationError):
        compiled(expression).evaluate(MOTHER)


def test_every_standard_search_expression_compiles() -> None:
    expressions = {each.expression for each in definitions().search_parameters if each.expression}
    parts = {part for each in definitions().search_parameters for _, part in each.components}
    assert len(expressions) > 1000
    refused = [found for each in expressions | parts if isinstance(found := compile_path(each), Problems)]
    assert refused == []


def test_only_these_search_parameters_have_no_expression() -> None:
    silent = {each.code for each in definitions().search_parameters if not each.expression and each.bases}
    assert silent <= {"_text", "_filter", "_content", "_query", "age", "birthOrderBoolean"}


@given(st.text(alphabet="Patient.name()[]{}|&=<>'`\"@T0123456789-:$%,/* \\", max_size=30))
def test_any_text_compiles_or_is_refused(expression: str) -> None:
    assert isinstance(compile_path(expression), Path | Problems)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(1, 1000))
def test_arithmetic_is_that_of_integers(one: int, other: int, divisor: int) -> None:
    assert values(f"({one}) + ({other}) * {divisor}") == [one + other * divisor]
    assert values(f"(({one}) div {divisor}) * {divisor} + (({one}) mod {divisor})") == [one]


@given(st.booleans(), st.booleans())
def test_logic_is_that_of_booleans(one: bool, other: bool) -> None:
    left, right = str(one).lower(), str(other).lower()
    assert values(f"{left} and {right}") == [one and other]
    assert values(f"{left} or {right}") == [one or other]
    assert values(f"{left} xor {right}") == [one != other]
    assert values(f"{left} implies {right}") == [not one or other]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_distinct_keeps_the_first_of_each(numbers: list[int]) -> None:
    collection = ".combine(".join(map(str, numbers)) + ")" * (len(numbers) - 1)
    assert values(f"{collection}.distinct()") == list(dict.fromkeys(numbers))
