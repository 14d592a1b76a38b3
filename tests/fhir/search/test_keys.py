from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.search import keys

SYSTEM = "http://loinc.org"


def test_a_token_is_kept_under_its_code_and_under_system_and_code() -> None:
    assert keys.token_values(SYSTEM, "8339-4") == ("8339-4", "http://loinc.org|8339-4")
    assert keys.token_values(None, "female") == ("female", "|female")


@given(st.text(), st.text(min_size=1))
def test_what_is_looked_for_is_among_what_is_kept(system: str, code: str) -> None:
    kept = keys.token_values(system, code)
    assert keys.token_value(None, code) in kept
    assert keys.token_value(system, code) in kept


@given(st.text(), st.text(), st.text(), st.text())
def test_different_tokens_have_different_values(system: str, code: str, other: str, code2: str) -> None:
    same = keys.token_value(system, code) == keys.token_value(other, code2)
    assert same == ((system, code) == (other, code2))
    assert keys.token_value(None, code) != keys.token_value(other, code2)


EDGES = "abcz|=~\ud7ff\ue000\U0010ffff"


@given(st.text(alphabet=EDGES, max_size=4), st.text(alphabet=EDGES, max_size=4))
def test_the_range_of_a_beginning_holds_exactly_what_begins_so(beginning: str, value: str) -> None:
    name = keys.name("Patient", "name")
    low, high = keys.starting(name, beginning)
    assert (low <= keys.entry(name, value) < high) == value.startswith(beginning)
    assert high.encode()


def test_a_range_of_one_parameter_never_reaches_into_another() -> None:
    low, high = keys.starting(keys.name("Patient", "name"))
    assert not low <= keys.entry(keys.name("Patient", "name", "exact"), "佐藤") < high
    assert not low <= keys.entry(keys.name("Patient", "name-use"), "x") < high


@given(st.text(max_size=30), st.text(max_size=30), st.integers(0, 1200))
def test_exact_values_are_equal_only_for_equal_texts(one: str, other: str, length: int) -> None:
    assert (keys.exact_value("あ" * length + one) == keys.exact_value("あ" * length + other)) == (
        one == other
    )


def test_a_unit_in_ucum_is_written_short() -> None:
    name = keys.name("Observation", "value-quantity")
    assert keys.quantity_name(name, keys.UCUM, "g") == "Observation.value-quantity|g"
    assert keys.quantity_name(name, "urn:iso:std:iso:4217", "JPY") == (
        "Observation.value-quantity|urn:iso:std:iso:4217|JPY"
    )
    assert keys.quantity_name(name, None, "歳") == "Observation.value-quantity||歳"
    assert keys.quantity_name(name, None, None) == name
