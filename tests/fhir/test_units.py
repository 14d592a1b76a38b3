from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.units import canonical_unit


@pytest.mark.parametrize(
    ("code", "canonical", "factor"),
    [
        ("g", "g", "1"),
        ("kg", "g", "1000"),
        ("cm", "m", "0.01"),
        ("mg/dL", "g.m-3", "10"),
        ("g/L", "g.m-3", "1000"),
        ("kg/m2", "g.m-2", "1000"),
        ("mm[Hg]", "g.m-1.s-2", "133322"),
        ("wk", "s", "604800"),
        ("10*3/uL", "m-3", "1E+12"),
        ("10*9/L", "m-3", "1E+12"),
        ("%", "1", "0.01"),
        ("{score}", "1", "1"),
        ("m[iU]/L", "[iU].m-3", "1"),
        ("Cel", "Cel", "1"),
    ],
)
def test_units_of_checkups_are_known(code: str, canonical: str, factor: str) -> None:
    found = canonical_unit(code)
    assert found is not None
    assert (found.code, found.factor) == (canonical, Decimal(factor))


@pytest.mark.parametrize(
    "code", ["歳", "gg", "kgg", "((g))", "g)", "x/y", "g^2", "0/0", "m/0", "10*99.10*99"]
)
def test_what_is_no_unit_has_no_canonical_form(code: str) -> None:
    assert canonical_unit(code) is None


@given(st.text(alphabet="gkmsLd/.*^0123456789-+{}[]Hg%", max_size=12))
def test_any_text_is_a_unit_or_none(code: str) -> None:
    found = canonical_unit(code)
    assert found is None or found.factor > 0


@pytest.mark.parametrize("part", ["{", "m.", "10*", "a"])
def test_a_megabyte_is_no_unit_and_is_not_remembered(part: str) -> None:
    assert canonical_unit(part * 500_000) is None
