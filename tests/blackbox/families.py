"""Small records of people who do not exist, and how an answer is checked."""

from typing import Any

import httpx

ATENA = "http://boshi-fhir.example.jp/fhir/id/atena/401005"


def mother(mark: str = "", **more: Any) -> dict[str, Any]:
    """A mother; `mark` is her 宛名番号."""
    patient: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [{"family": "𠮷田", "given": ["花子"]}],
        "gender": "female",
        "birthDate": "1996-04-02",
    }
    if mark:
        patient["identifier"] = [{"system": ATENA, "value": mark}]
    return {**patient, **more}


def weight(subject: str, grams: Any = 3050, **more: Any) -> dict[str, Any]:
    """A birth weight of `subject`."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8339-4"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2026-11-01",
        "valueQuantity": {"value": grams, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g"},
        **more,
    }


def created(answer: httpx.Response) -> dict[str, Any]:
    """The resource of a 201."""
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()
    return resource


def refused(answer: httpx.Response, *statuses: int) -> list[dict[str, Any]]:
    """The issues of a refusal: an OperationOutcome that says in both languages what is wrong."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:800]}"
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.headers["x-request-id"]
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    issues: list[dict[str, Any]] = outcome["issue"]
    for issue in issues:
        assert issue["severity"] in ("error", "fatal", "warning", "information")
        assert issue["code"]
        assert issue["diagnostics"]
        assert any(letter > "ぁ" for letter in issue["details"]["text"]), issue
    return issues


def places(issues: list[dict[str, Any]]) -> list[str]:
    """The expressions of the issues."""
    return [place for issue in issues for place in issue.get("expression", [])]
