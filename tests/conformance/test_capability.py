"""The CapabilityStatement tells what is routed and searched, and is right itself."""

from boshi.conformance.capability import capability_statement
from boshi.fhir.codec import encode
from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Resource
from boshi.fhir.search.query import searchable
from boshi.fhir.structure import check_structure

ROUTED = (
    "read",
    "vread",
    "create",
    "update",
    "delete",
    "history-instance",
    "search-type",
    "transaction",
    "capabilities",
)


def statement(*interactions: str) -> Resource:
    return capability_statement(
        interactions,
        base_url="http://127.0.0.1:8080/fhir",
        version="0.1.0",
        date="2026-11-22",
        conditional_create=True,
    )


def resource(told: Resource, name: str) -> Resource:
    (found,) = (r for r in told["rest"][0]["resource"] if r["type"] == name)
    assert isinstance(found, dict)
    return found


def test_the_statement_is_itself_a_right_resource() -> None:
    assert check_structure(statement(*ROUTED)) == []
    assert check_structure(statement("read")) == []


def test_every_type_with_an_end_point_is_told() -> None:
    told = [r["type"] for r in statement(*ROUTED)["rest"][0]["resource"]]
    assert tuple(told) == definitions().resource_types


def test_only_what_is_routed_is_told() -> None:
    told = statement("read", "search-type", "batch")
    assert [i["code"] for i in resource(told, "Patient")["interaction"]] == ["read", "search-type"]
    assert told["rest"][0]["interaction"] == [{"code": "batch"}]
    assert "searchParam" not in resource(statement("read"), "Patient")
    assert "interaction" not in statement("read")["rest"][0]


def test_the_search_parameters_are_those_of_the_catalogue() -> None:
    told = resource(statement(*ROUTED), "Observation")
    assert {p["name"] for p in told["searchParam"]} == set(searchable("Observation"))
    assert "Observation:subject" in told["searchInclude"]


def test_what_points_to_a_patient_can_be_included() -> None:
    told = resource(statement(*ROUTED), "Patient")
    assert "Observation:subject" in told["searchRevInclude"]
    assert "Organization:partof" not in told["searchRevInclude"]


def test_the_statement_of_all_types_stays_handy() -> None:
    assert len(encode(statement(*ROUTED))) < 1_000_000
