"""The base structure: every problem is found, with its place; what is right passes."""

import copy
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from boshi.fhir.codec import decode
from boshi.fhir.outcome import Resource
from boshi.fhir.structure import check_structure

SHARED = Path(os.environ.get("BOSHI_SHARED", Path(__file__).resolve().parents[3] / "shared"))
EXAMPLES = sorted((SHARED / "jp-core/examples").glob("*.json"))

HANAKO: Resource = {
    "resourceType": "Patient",
    "id": "hanako",
    "meta": {
        "tag": [{"system": "http://boshi-fhir.example.jp/fhir/CodeSystem/record-class", "code": "residence"}]
    },
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">髙橋&nbsp;花子<br/></div>',
    },
    "identifier": [
        {"system": "http://boshi-fhir.example.jp/fhir/id/atena/401005", "value": "000000000001234"}
    ],
    "active": True,
    "name": [{"use": "official", "family": "髙橋", "given": ["花子"]}],
    "gender": "female",
    "birthDate": "1995-04",
    "multipleBirthInteger": 2,
}


def changed(**elements: Any) -> Resource:
    return {**copy.deepcopy(HANAKO), **elements}


def problems(resource: Resource) -> list[tuple[str, str]]:
    issues = check_structure(resource)
    assert all(issue.severity == "error" and issue.text and issue.text_ja for issue in issues)
    return [(issue.expression, issue.code) for issue in issues]


def test_a_resident_is_right() -> None:
    assert problems(HANAKO) == []


def test_the_order_of_elements_does_not_matter() -> None:
    assert problems(dict(reversed(HANAKO.items()))) == []


@pytest.mark.skipif(not EXAMPLES, reason="shared/jp-core/examples is not here (BOSHI_SHARED)")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_of_jp_core_has_no_problem(example: Path) -> None:
    resource = decode(example.read_bytes())
    assert isinstance(resource, dict)
    assert check_structure(resource) == []


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"birthdate": "1995-04-01"}, [("Patient.birthdate", "structure")]),
        ({"性別": "女"}, [("Patient.性別", "structure")]),
        ({"gender ": "female"}, [("Patient.`gender `", "structure")]),
        ({"gender": "女"}, [("Patient.gender", "code-invalid")]),
        ({"gender": ["female"]}, [("Patient.gender", "structure")]),
        ({"gender": ""}, [("Patient.gender", "structure")]),
        ({"gender": None}, [("Patient.gender", "structure")]),
        ({"name": {"family": "髙橋"}}, [("Patient.name", "structure")]),
        ({"name": []}, [("Patient.name", "structure")]),
        ({"name": [{}]}, [("Patient.name[0]", "structure")]),
        ({"name": [None]}, [("Patient.name[0]", "structure")]),
        ({"name": [{"given": ["花", ""]}]}, [("Patient.name[0].given[1]", "structure")]),
        ({"name": [{"given": ["花", None]}]}, [("Patient.name[0].given[1]", "structure")]),
        ({"name": [{"text": "花\u0001子"}]}, [("Patient.name[0].text", "value")]),
        ({"active": "true"}, [("Patient.active", "structure")]),
        ({"active": 1}, [("Patient.active", "structure")]),
        ({"birthDate": "1995-13"}, [("Patient.birthDate", "value")]),
        ({"birthDate": "1995-02-30"}, [("Patient.birthDate", "value")]),
        ({"birthDate": "平成7年4月1日"}, [("Patient.birthDate", "value")]),
        ({"birthDate": "1995-04-01\n"}, [("Patient.birthDate", "value")]),
        ({"deceasedBoolean": False, "deceasedDateTime": "2024"}, [("Patient.deceased", "structure")]),
        ({"deceasedDateTime": "2024-01-01T10:00:00"}, [("Patient.deceased", "value")]),
        ({"deceasedString": "不詳"}, [("Patient.deceasedString", "structure")]),
        ({"multipleBirthInteger": "2"}, [("Patient.multipleBirth", "structure")]),
        ({"multipleBirthInteger": Decimal("2.0")}, [("Patient.multipleBirth", "value")]),
        ({"multipleBirthInteger": 2**31}, [("Patient.multipleBirth", "value")]),
        ({"multipleBirthInteger": True}, [("Patient.multipleBirth", "structure")]),
        ({"id": "花子"}, [("Patient.id", "value")]),
        ({"id": "a" * 65}, [("Patient.id", "value")]),
        ({"implicitRules": "http://a b"}, [("Patient.implicitRules", "value")]),
        ({"meta": {"lastUpdated": "2024-01-01"}}, [("Patient.meta.lastUpdated", "value")]),
        ({"link": [{"other": {"reference": "Patient/b"}}]}, [("Patient.link[0].type", "required")]),
        (
            {"link": [{"type": "same"}]},
            [("Patient.link[0].type", "code-invalid"), ("Patient.link[0].other", "required")],
        ),
        ({"telecom": [{"rank": 0}]}, [("Patient.telecom[0].rank", "value")]),
        ({"photo": [{"data": "これは写真"}]}, [("Patient.photo[0].data", "value")]),
        ({"extension": [{"valueString": "x"}]}, [("Patient.extension[0].url", "required")]),
        (
            {"extension": [{"url": "http://a", "valueString": "x", "valueCode": "y"}]},
            [("Patient.extension[0].value", "structure")],
        ),
        (
            {"extension": [{"url": "http://a", "valueDecimal": 1.5}]},
            [("Patient.extension[0].value", "structure")],
        ),
        (
            {"extension": [{"url": "http://a", "valueUuid": "urn:uuid:X"}]},
            [("Patient.extension[0].value", "value")],
        ),
        (
            {"extension": [{"url": "http://a", "valueOid": "1.2.3"}]},
            [("Patient.extension[0].value", "value")],
        ),
        (
            {"extension": [{"url": "http://a", "valueTime": "24:00:00"}]},
            [("Patient.extension[0].value", "value")],
        ),
        ({"extension": [{"url": "http://a", "valueCode": " x"}]}, [("Patient.extension[0].value", "value")]),
        ({"text": {"div": HANAKO["text"]["div"]}}, [("Patient.text.status", "required")]),
    ],
)
def test_a_problem_is_told_with_its_place(elements: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(changed(**elements)) == expected


def test_all_problems_are_told_not_the_first() -> None:
    found = problems(
        changed(gender="x", birthDate="x", active="x", unknown=1, name=[{"given": ["", ""]}, {}])
    )
    assert len(found) == 7


def test_a_body_full_of_problems_has_an_end() -> None:
    issues = check_structure(changed(name=[{}] * 3000))
    assert len(issues) == 1001
    assert issues[-1].severity == "information"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (
            {
                "birthDate": "1995",
                "_birthDate": {"extension": [{"url": "http://a", "valueTime": "10:00:00"}]},
            },
            [],
        ),
        ({"_birthDate": {"id": "x"}}, []),
        ({"name": [{"given": ["花", None], "_given": [None, {"id": "x"}]}]}, []),
        ({"name": [{"given": ["花", "子"], "_given": [{"id": "x"}]}]}, []),
        ({"name": [{"_given": [{"id": "x"}]}]}, []),
        ({"_birthDate": {}}, [("Patient.birthDate", "structure")]),
        ({"_birthDate": {"value": "x"}}, [("Patient.birthDate.value", "structure")]),
        ({"_name": [{"id": "x"}]}, [("Patient._name", "structure")]),
        ({"birthDate": None, "_birthDate": {"id": "x"}}, [("Patient.birthDate", "structure")]),
        (
            {"birthDate": "x", "_birthDate": {"id": ""}},
            [("Patient.birthDate", "value"), ("Patient.birthDate.id", "structure")],
        ),
        (
            {"name": [{"given": ["花", None], "_given": [None, None]}]},
            [("Patient.name[0].given[1]", "structure")],
        ),
        ({"name": [{"given": ["花"], "_given": {"id": "x"}}]}, [("Patient.name[0].given", "structure")]),
        (
            {"extension": [{"url": "http://a", "_valueString": {"id": "x"}, "valueString": "y"}]},
            [],
        ),
        (
            {"extension": [{"url": "http://a", "_valueString": {"id": "x"}, "valueCode": "y"}]},
            [("Patient.extension[0].value", "structure")],
        ),
    ],
)
def test_a_primitive_and_its_sibling_are_judged_together(
    elements: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert problems(changed(**elements)) == expected


def test_a_required_element_may_have_only_an_extension() -> None:
    unknown = {
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
        ]
    }
    observation = {"resourceType": "Observation", "_status": unknown, "code": {"text": "身長"}}
    assert problems(observation) == []


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"name": "花子"}, [("resourceType", "required")]),
        ({"resourceType": "patient"}, [("patient.resourceType", "structure")]),
        ({"resourceType": 1}, [("resourceType", "structure")]),
        ({"resourceType": "DomainResource"}, [("DomainResource.resourceType", "structure")]),
        ({"resourceType": "HumanName"}, [("HumanName.resourceType", "structure")]),
        ({"resourceType": "Patient"}, []),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "x", "resource": {"resourceType": "Patient"}}],
            },
            [],
        ),
    ],
)
def test_the_type_is_one_of_r4(resource: Resource, expected: list[tuple[str, str]]) -> None:
    assert problems(resource) == expected


def test_a_resource_inside_is_checked_too() -> None:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": changed(gender="女")}]}
    assert problems(bundle) == [("Bundle.entry[0].resource.gender", "code-invalid")]


def test_a_contained_resource_contains_none() -> None:
    inner = {"resourceType": "Organization", "id": "o", "contained": [{"resourceType": "Patient"}]}
    assert problems(changed(contained=[inner])) == [("Patient.contained[0].contained", "structure")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
                ]
            },
            [],
        ),
        (
            {"coding": [{"system": "http://example.jp", "code": "active"}]},
            [("Condition.clinicalStatus", "code-invalid")],
        ),
        ({"text": "治療中"}, [("Condition.clinicalStatus", "code-invalid")]),
    ],
)
def test_a_required_concept_is_of_its_value_set(
    status: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/a"}, "clinicalStatus": status}
    assert problems(condition) == expected


@pytest.mark.parametrize(
    "div",
    [
        "花子",
        "<p>花子</p>",
        "<div>花子</div>",
        '<div xmlns="http://www.w3.org/1999/xhtml"><b>花子</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml" onclick="alert(1)">花子</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><a href="java&#10;script:alert(1)">花子</a></div>',
        '<!DOCTYPE x [<!ENTITY a "b">]><div xmlns="http://www.w3.org/1999/xhtml">&a;</div>',
    ],
)
def test_a_narrative_is_a_harmless_div(div: str) -> None:
    assert problems(changed(text={"status": "generated", "div": div})) == [("Patient.text.div", "invalid")]


def test_a_value_that_may_be_the_number_of_a_person_is_not_shown() -> None:
    for value in ("1234-5678-9018", "１２３４５６７８９０１８", 123456789018):
        (issue,) = check_structure(changed(birthDate=value))
        assert "5678" not in issue.text + issue.text_ja
        assert "５６７８" not in issue.text + issue.text_ja


def test_what_was_right_before_makes_nothing_else_right() -> None:
    assert check_structure(HANAKO) == []
    tag = {"system": "http://boshi-fhir.example.jp/fhir/CodeSystem/record-class", "code": "residence"}
    for meta in ({"tag": tag}, {"tag": [tag | {"code": 1}]}, {"tag": [tag], "tags": [tag]}, [{"tag": [tag]}]):
        assert check_structure(changed(meta=meta)) != []
        assert check_structure(changed(meta=meta)) != []
