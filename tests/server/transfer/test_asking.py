"""The request on the wire: what goes in comes out; anything else is told its faults and never fails."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Problems
from boshi.fhir.structure import check_structure
from boshi.server.transfer.asking import (
    Asker,
    ClassAsked,
    Moved,
    TransferRequest,
    from_parameters,
    to_parameters,
)

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12)
codes = st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True)
requests = st.builds(
    TransferRequest,
    key=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    asker=st.builds(Asker, st.just("332119"), words, words, codes),
    why=words,
    person=st.builds(
        lambda name: {"resourceType": "Patient", "name": [{"text": name}], "birthDate": "2024-02-29"}, words
    ),
    moved=st.builds(Moved, st.sampled_from(["", "2026-10-01"]), st.sampled_from(["01", "02", "03"])),
    classes=st.lists(st.builds(ClassAsked, codes, codes, st.none() | words), min_size=1, max_size=4).map(
        tuple
    ),
    period=st.sampled_from([{}, {"start": "2020-01-01"}, {"start": "2020-01-01", "end": "2026-01-01"}]),
    sensitive_purpose=st.just("") | words,
)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "part", "resource", "valueIdentifier", "valueString"]), inner
        )
    ),
    max_leaves=12,
)


@given(requests)
def test_a_request_comes_out_as_it_went_in(request: TransferRequest) -> None:
    told = decode(encode(to_parameters(request)))
    assert not isinstance(told, Problems)
    assert from_parameters(told) == request
    assert check_structure(told) == []


@given(json)
def test_anything_else_is_told_its_faults(parameter: Any) -> None:
    assert isinstance(from_parameters({"resourceType": "Parameters", "parameter": parameter}), Problems)
    assert isinstance(from_parameters({"resourceType": "Parameters", "parameter": [parameter]}), Problems)
