from typing import Any

from hypothesis import given, settings

from boshi.fhir.dates import EARLIEST, LATEST
from boshi.fhir.outcome import Problems
from boshi.fhir.path import compile_path
from boshi.fhir.references import references, rewrite
from boshi.fhir.search.catalogue import stored_parameters
from boshi.fhir.search.entries import _remembered, index_entries
from boshi.fhir.units import EXACT
from tests.fhir.resources import resources


@settings(max_examples=60, deadline=None)
@given(resources())
def test_any_resource_has_entries_in_the_agreed_form(resource: dict[str, Any]) -> None:
    found = index_entries(resource)
    start = f"{resource['resourceType']}."
    assert all(each.startswith(start) and "=" in each for each in [*found.s, *found.n])
    assert len(set(found.s)) == len(found.s)
    assert set(found.c[1:]) <= set(found.s)
    assert all(EARLIEST <= each["l"] < each["h"] <= LATEST for each in found.d)
    assert (found.k is None) == (found.h is None)
    assert all(each["k"].startswith(start) and EXACT.plus(each["v"]) == each["v"] for each in found.q)
    assert all(value.endswith(f"\0{resource.get('id', '')}") for value in found.o.values())


@settings(max_examples=60, deadline=None)
@given(resources())
def test_no_parameter_with_a_value_is_passed_over(resource: dict[str, Any]) -> None:
    found = index_entries(resource)
    named = {each.partition("=")[0] for each in [*found.s, *found.n]}
    for parameter in stored_parameters(resource["resourceType"]):
        path = compile_path(parameter.expression)
        assert not isinstance(path, Problems)
        if parameter.type in ("token", "reference", "string", "uri"):
            assert bool(path.evaluate(resource)) == (parameter.name in named), parameter.code


@settings(max_examples=60, deadline=None)
@given(resources())
def test_references_of_any_resource_are_found_and_rewritten_one_by_one(resource: dict[str, Any]) -> None:
    texts = [holder["reference"] for _, holder in references(resource)]
    mapping = {text: f"Patient/{number}" for number, text in enumerate(dict.fromkeys(texts))}
    after = rewrite(resource, mapping)
    assert [holder["reference"] for _, holder in references(after)] == [mapping[text] for text in texts]
    assert rewrite(resource, {}) == resource


@settings(max_examples=60, deadline=None)
@given(resources())
def test_entries_are_the_same_whether_or_not_their_values_came_before(resource: dict[str, Any]) -> None:
    _remembered.cache_clear()
    first = index_entries(resource)
    other = index_entries(resource | {"id": "another"})
    again = index_entries(resource)
    assert again == first
    assert (other.s, other.n, other.d, other.q) == (first.s, first.n, first.d, first.q)
