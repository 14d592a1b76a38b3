"""What a client posts comes back with every value and precision kept, whatever the resource."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boshi.fhir.codec import decode, encode
from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Problems, Resource
from boshi.fhir.structure import check_structure
from boshi.profiles.my_number import find_my_numbers
from tests.fhir.resources import resources

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def exact(value: Any) -> Any:
    """The value in a form that tells 3.10 from 3.1."""
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return (type(value).__name__, value.as_tuple() if isinstance(value, Decimal) else value)


@relaxed
@given(resources())
def test_a_resource_comes_back_with_all_it_had(resource: Resource) -> None:
    back = decode(encode(resource))
    assert exact(back) == exact(resource)


@relaxed
@given(resources(), st.sampled_from([None, 2]), st.booleans())
def test_how_it_was_written_does_not_matter(resource: Resource, indent: int | None, ascii_only: bool) -> None:
    texts_of_numbers = json.loads(encode(resource), parse_float=Decimal)
    assert exact(texts_of_numbers) == exact(resource)
    rewritten = _written(resource, indent, ascii_only)
    assert exact(decode(rewritten)) == exact(resource)


def _written(resource: Resource, indent: int | None, ascii_only: bool) -> bytes:
    """By the standard library, which writes no Decimal: the numbers are put in afterwards."""
    numbers: list[str] = []

    def placeholder(value: Any) -> str:
        numbers.append(str(value))
        return f"\ue000{len(numbers) - 1}\ue001"

    text = json.dumps(resource, indent=indent, ensure_ascii=False, default=placeholder)
    for index, number in enumerate(numbers):
        text = text.replace(f'"\ue000{index}\ue001"', number)
    return _escaped(text).encode() if ascii_only else text.encode()


def _escaped(text: str) -> str:
    return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)


@relaxed
@given(resources())
def test_a_resource_made_from_the_definitions_has_no_problem(resource: Resource) -> None:
    assert check_structure(resource) == []


@pytest.mark.parametrize("type_name", definitions().resource_types)
@settings(deadline=None, max_examples=2, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_type_with_an_end_point_is_known(type_name: str, data: st.DataObject) -> None:
    resource = data.draw(resources(type_name))
    assert check_structure(resource) == []
    assert check_structure({**resource, "unknownElement": 1}) != []


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@relaxed
@given(resources("Patient"), st.data())
def test_any_json_in_any_place_is_judged_not_stumbled_over(resource: Resource, data: st.DataObject) -> None:
    names = [*definitions().types["Patient"].elements, "_birthDate", "_active", "deceasedBoolean", "unknown"]
    for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
        resource[name] = data.draw(_JSON)
    issues = check_structure(resource)
    find_my_numbers(resource)
    assert all(issue.expression.startswith("Patient") for issue in issues)


@relaxed
@given(st.binary(max_size=40) | _JSON.map(lambda value: json.dumps(value, default=str).encode()))
def test_any_bytes_are_a_resource_or_problems(body: bytes) -> None:
    decoded = decode(body)
    assert isinstance(decoded, dict | Problems)
