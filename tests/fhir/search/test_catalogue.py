"""The catalogue of search parameters, resolved from the definitions alone."""

import pytest

from boshi.fhir.definitions import definitions
from boshi.fhir.search.catalogue import clinical_date, parameters, patient_link, stored_parameters
from boshi.fhir.search.expressions import for_type, repeats, restriction, union_parts


def test_patient_reads_the_entries_of_subject_that_point_to_a_patient() -> None:
    patient = parameters("Observation")["patient"]
    assert patient.storage == ("Observation.subject",)
    assert patient.only == "Patient"
    assert not patient.stored


def test_a_patient_of_its_own_element_is_stored_by_itself() -> None:
    patient = parameters("Immunization")["patient"]
    assert (patient.storage, patient.only, patient.stored) == (("Immunization.patient",), None, True)


def test_combo_code_reads_the_entries_of_both_codes() -> None:
    combo = parameters("Observation")["combo-code"]
    assert combo.storage == ("Observation.code", "Observation.component-code")
    assert not combo.stored


def test_a_phonetic_name_reads_the_entries_of_name() -> None:
    assert parameters("Patient")["phonetic"].storage == ("Patient.name",)


def test_an_expression_keeps_only_the_parts_of_its_type() -> None:
    assert parameters("Encounter")["date"].expression == "Encounter.period"
    assert parameters("RiskAssessment")["date"].expression == "(RiskAssessment.occurrence as dateTime)"


def test_a_part_without_a_root_belongs_to_the_type_itself() -> None:
    assert parameters("InsurancePlan")["name"].expression == "InsurancePlan.name | InsurancePlan.alias"


def test_examples_shipped_with_the_standard_do_not_displace_real_parameters() -> None:
    assert parameters("Patient")["_id"].expression == "Resource.id"
    assert "Patient" in parameters("Condition")["subject"].targets
    assert "part-agree" not in parameters("Patient")


@pytest.mark.parametrize("resource_type", definitions().resource_types)
def test_every_type_has_the_parameters_of_resource(resource_type: str) -> None:
    known = parameters(resource_type)
    assert {"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source"} <= set(known)
    assert "_text" not in known


@pytest.mark.parametrize("resource_type", definitions().resource_types)
def test_every_alias_leads_to_stored_entries(resource_type: str) -> None:
    stored = {parameter.name for parameter in stored_parameters(resource_type)} | {
        f"{resource_type}._id",
        f"{resource_type}._lastUpdated",
    }
    for parameter in parameters(resource_type).values():
        assert set(parameter.storage) <= stored, parameter


@pytest.mark.parametrize("resource_type", definitions().resource_types)
def test_a_timeline_and_a_patient_link_have_one_value(resource_type: str) -> None:
    for found in (clinical_date(resource_type), patient_link(resource_type)):
        assert found is None or (found.stored and not found.repeats)


def test_the_clinical_date_of_the_records_of_a_child() -> None:
    dates = {name: found.code for name in RECORDS if (found := clinical_date(name))}
    assert dates == {
        "Patient": "birthdate",
        "Observation": "date",
        "Immunization": "date",
        "Encounter": "date",
        "EpisodeOfCare": "date",
        "Condition": "recorded-date",
    }


RECORDS = (
    "Patient",
    "Observation",
    "Immunization",
    "Encounter",
    "EpisodeOfCare",
    "Condition",
    "Organization",
)


def test_an_appointment_belongs_to_no_single_patient() -> None:
    assert patient_link("Appointment") is None
    assert patient_link("Patient") is None
    link = patient_link("Observation")
    assert link is not None
    assert link.code == "subject"


def test_no_type_no_parameters() -> None:
    assert parameters("Kodomo") == {}


def test_unions_are_parted_outside_parentheses_only() -> None:
    assert union_parts("A.b | (A.c | A.d).e") == ("A.b", "(A.c | A.d).e")


def test_a_restriction_to_a_type_is_seen() -> None:
    assert restriction("Flag.subject.where(resolve() is Patient)") == ("Flag.subject", "Patient")
    assert restriction("Flag.subject") is None


@pytest.mark.parametrize(
    ("expression", "repeated"),
    [
        ("Patient.birthDate", False),
        ("Patient.name.family", True),
        ("Condition.onset.as(dateTime) | Condition.onset.as(Period)", False),
        ("Observation.code | Observation.component.code", True),
        ("Observation.meta.lastUpdated", False),
        ("Patient.deceased.exists() and Patient.deceased != false", True),
    ],
)
def test_whether_a_path_has_more_than_one_value(expression: str, repeated: bool) -> None:
    assert repeats(expression, definitions()) is repeated


def test_parts_of_other_types_are_dropped() -> None:
    types = definitions().types
    assert for_type("Flag.period | Goal.start", "Goal", types) == "Goal.start"
    assert for_type("Flag.period", "Goal", types) == ""
