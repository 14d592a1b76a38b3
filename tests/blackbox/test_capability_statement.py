"""Every claim of /metadata is called."""

from typing import Any

import httpx
import pytest

from tests.blackbox.families import refused

_VALUES = {
    "token": "a|b",
    "reference": "Patient/1",
    "string": "はなこ",
    "date": "ge2026-01-01",
    "number": "1",
    "quantity": "1|http://unitsofmeasure.org|g",
    "uri": "http://example.jp/x",
}


@pytest.fixture(scope="module")
def statement(shared_client: httpx.Client) -> dict[str, Any]:
    answer = shared_client.get("/metadata")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture(scope="module")
def resources(statement: dict[str, Any]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = statement["rest"][0]["resource"]
    return told


def test_the_statement_is_a_resource_that_this_server_takes(
    shared_client: httpx.Client, statement: dict[str, Any]
) -> None:
    answer = shared_client.post("/CapabilityStatement", json=statement)
    assert answer.status_code == 201, answer.text[:2000]


def test_the_statement_names_r4_json_and_all_145_types(
    statement: dict[str, Any], resources: list[dict[str, Any]]
) -> None:
    assert statement["fhirVersion"] == "4.0.1"
    assert "json" in statement["format"]
    assert len(resources) == 145


def test_every_interaction_of_every_type_is_answered(
    shared_client: httpx.Client, resources: list[dict[str, Any]]
) -> None:
    calls = {
        "read": ("GET", "/{}/none"),
        "vread": ("GET", "/{}/none/_history/1"),
        "history-instance": ("GET", "/{}/none/_history"),
        "delete": ("DELETE", "/{}/none"),
    }
    for resource in resources:
        codes = {each["code"] for each in resource["interaction"]}
        assert codes == {*calls, "create", "update", "search-type"}
        for method, template in calls.values():
            path = template.format(resource["type"])
            refused(shared_client.request(method, path), 404)


def test_every_type_can_be_created_or_says_what_it_needs(
    shared_client: httpx.Client, resources: list[dict[str, Any]]
) -> None:
    for resource in resources:
        minimal = {"resourceType": resource["type"], "language": "ja"}
        answer = shared_client.post(f"/{resource['type']}", json=minimal)
        assert answer.status_code in (201, 400), answer.text
        if answer.status_code == 400:
            assert {issue["code"] for issue in refused(answer, 400)} == {"required"}


def test_every_search_parameter_can_be_searched(
    shared_client: httpx.Client, resources: list[dict[str, Any]]
) -> None:
    asked = 0
    for resource in resources:
        names = {each["name"] for each in resource["searchParam"]}
        assert {"_id", "_lastUpdated"} <= names
        for parameter in resource["searchParam"]:
            params = {parameter["name"]: _VALUES[parameter["type"]], "_count": "1"}
            answer = shared_client.get(f"/{resource['type']}", params=params)
            assert answer.status_code == 200, (resource["type"], parameter["name"], answer.text)
            asked += 1
    assert asked > 1400


def test_every_include_can_be_asked_for(shared_client: httpx.Client, resources: list[dict[str, Any]]) -> None:
    for resource in resources:
        for name, key in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
            for told in resource.get(key, [])[:3]:
                answer = shared_client.get(f"/{resource['type']}", params={name: told, "_count": "1"})
                assert answer.status_code == 200, (resource["type"], told, answer.text)


def test_the_system_interactions_are_answered(shared_client: httpx.Client, statement: dict[str, Any]) -> None:
    codes = {each["code"] for each in statement["rest"][0]["interaction"]}
    assert codes == {"batch", "transaction"}
    for code in codes:
        answer = shared_client.post("/", json={"resourceType": "Bundle", "type": code})
        assert answer.json()["type"] == f"{code}-response"
