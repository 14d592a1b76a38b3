import pytest

from boshi.fhir.reference_forms import misformed
from boshi.fhir.references import references


def found(reference: str) -> list[tuple[str, str]]:
    observation = {
        "resourceType": "Observation",
        "contained": [{"resourceType": "Patient", "id": "mother"}],
        "subject": {"reference": reference},
    }
    return [(issue.code, issue.expression) for issue in misformed(observation, list(references(observation)))]


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/1",
        "Patient/1/_history/2",
        "https://clinic.example.jp/fhir/Patient/1",
        "https://clinic.example.jp/people/1",
        "urn:uuid:0f3c8a52-1f6c-4c4f-9d2e-0b6f6f6a1a11",
        "#mother",
        "#",
        "Patient?identifier=1",
    ],
)
def test_every_form_of_r4_is_a_reference(reference: str) -> None:
    assert found(reference) == []


@pytest.mark.parametrize(
    "reference", ["花子", "patient/1", "Pateint/1", "Patient", "Patient/", "1", "Patient/a b"]
)
def test_what_has_no_form_of_r4_is_told_with_its_place(reference: str) -> None:
    assert found(reference) == [("value", "Observation.subject")]


def test_a_contained_resource_must_be_there() -> None:
    assert found("#father") == [("not-found", "Observation.subject")]
