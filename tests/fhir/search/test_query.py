"""A query string to a Search, or to problems that say how to mend it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.outcome import Issue, Problems
from boshi.fhir.search.criteria import (
    DEFAULT_COUNT,
    LARGEST_COUNT,
    DateValue,
    MissingValue,
    NumberValue,
    QuantityValue,
    ReferenceValue,
    Search,
    StringValue,
    TokenValue,
    Value,
)
from boshi.fhir.search.escaping import escape, split, unescape
from boshi.fhir.search.query import parse_search, searchable

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def found(resource_type: str, *params: tuple[str, str], **options: object) -> Search:
    parsed = parse_search(resource_type, params, **options)  # type: ignore[arg-type]
    assert isinstance(parsed, Search), parsed
    return parsed


def refused(resource_type: str, *params: tuple[str, str], **options: object) -> tuple[Issue, ...]:
    parsed = parse_search(resource_type, params, **options)  # type: ignore[arg-type]
    assert isinstance(parsed, Problems), parsed
    return parsed.issues


def values(resource_type: str, name: str, text: str) -> tuple[Value, ...]:
    return found(resource_type, (name, text)).criteria[0].values


def test_repeated_parameters_are_and_and_commas_are_or() -> None:
    search = found("Observation", ("code", "29463-7,8302-2"), ("status", "final"))
    assert [len(criterion.values) for criterion in search.criteria] == [2, 1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("29463-7", TokenValue(None, "29463-7")),
        (f"{LOINC}|29463-7", TokenValue(LOINC, "29463-7")),
        ("|29463-7", TokenValue("", "29463-7")),
        (f"{LOINC}|", TokenValue(LOINC, None)),
        (r"a\|b", TokenValue(None, "a|b")),
        (r"a\,b", TokenValue(None, "a,b")),
        (r"a\\b\$c", TokenValue(None, r"a\b$c")),
    ],
)
def test_the_forms_of_a_token(text: str, value: TokenValue) -> None:
    assert values("Observation", "code", text) == (value,)


def test_an_id_alone_stands_for_every_type_the_reference_can_point_to() -> None:
    (value,) = values("Observation", "subject", "hanako")
    assert isinstance(value, ReferenceValue)
    assert set(value.references) == {"Patient/hanako", "Group/hanako", "Device/hanako", "Location/hanako"}


@pytest.mark.parametrize("name", ["patient", "subject:Patient"])
@pytest.mark.parametrize("text", ["hanako", "Patient/hanako", "https://a.example.jp/fhir/Patient/hanako"])
def test_a_patient_by_id_by_reference_and_by_the_address_of_this_server(name: str, text: str) -> None:
    search = found("Observation", (name, text), bases=("https://a.example.jp/fhir",))
    assert search.criteria[0].values == (ReferenceValue(("Patient/hanako",)),)


def test_an_address_of_another_server_stays_absolute() -> None:
    address = "https://b.example.jp/fhir/Patient/1"
    assert values("Observation", "subject", address) == (ReferenceValue((address,)),)


def test_a_patient_that_is_a_group_is_refused() -> None:
    assert "Patient/1" in refused("Observation", ("patient", "Group/1"))[0].text


def test_a_date_without_a_zone_is_a_day_in_japan() -> None:
    assert values("Observation", "date", "2026-11-01") == (
        DateValue("eq", datetime(2026, 10, 31, 15, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)),
    )


@pytest.mark.parametrize("prefix", ["eq", "ne", "lt", "gt", "le", "ge", "sa", "eb", "ap"])
def test_every_prefix_is_read(prefix: str) -> None:
    (date,) = values("Observation", "date", f"{prefix}2026")
    (number,) = values("RiskAssessment", "probability", f"{prefix}0.5")
    (quantity,) = values("Observation", "value-quantity", f"{prefix}3000")
    assert isinstance(date, DateValue)
    assert isinstance(number, NumberValue)
    assert isinstance(quantity, QuantityValue)
    assert {date.prefix, number.prefix, quantity.number.prefix} == {prefix}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("5.4", "5.35", "5.45"),
        ("-0.50", "-0.505", "-0.495"),
        ("ap50", "45", "55"),
        ("ap0", "-0.5", "0.5"),
    ],
)
def test_digits_imply_a_range(text: str, low: str, high: str) -> None:
    (number,) = values("RiskAssessment", "probability", text)
    assert isinstance(number, NumberValue)
    assert (number.low, number.high) == (Decimal(low), Decimal(high))


def test_the_forms_of_a_quantity() -> None:
    units = [
        (value.system, value.unit)
        for text in ("3000", f"3000|{UCUM}|g", "3000||g")
        for value in values("Observation", "value-quantity", text)
        if isinstance(value, QuantityValue)
    ]
    assert units == [(None, None), (UCUM, "g"), (None, "g")]


def test_missing_is_true_or_false() -> None:
    assert values("Patient", "birthdate:missing", "true") == (MissingValue(True),)
    assert "true or false" in refused("Patient", ("birthdate:missing", "yes"))[0].text


def test_a_comma_in_a_name_is_escaped() -> None:
    assert values("Patient", "name", r"佐藤\,花子,鈴木") == (StringValue("佐藤,花子"), StringValue("鈴木"))


def test_an_unknown_parameter_names_the_valid_ones_and_the_nearest() -> None:
    (issue,) = refused("Patient", ("brithdate", "2026"))
    assert "'birthdate'" in issue.text
    assert "identifier" in issue.text
    assert "「birthdate」のことですか" in issue.text_ja


def test_every_problem_is_told_not_only_the_first() -> None:
    assert len(refused("Patient", ("nmae", "a"), ("birthdate", "昨日"), ("_sort", "smell"))) == 3


def test_a_lenient_search_leaves_out_what_is_unknown_and_says_so() -> None:
    search = found("Patient", ("nmae", "a"), ("name", "佐藤"), ("name:text", "b"), lenient=True)
    assert search.used == (("name", "佐藤"),)
    assert search.ignored == ("nmae", "name:text")


def test_a_lenient_search_still_refuses_a_bad_value() -> None:
    assert refused("Patient", ("birthdate", "2026-13"), lenient=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("birthdate", ""),
        ("birthdate", "2026-02-30"),
        ("birthdate", "2026-11-01T09:00:00 09:00"),
        ("name", "・"),
        ("name", "a" * 1001),
        ("name", "a\0b"),
        ("identifier", "a|b|c"),
        ("identifier", "|"),
        ("identifier", ",".join("ab" for _ in range(201))),
        ("general-practitioner", "Practitioner/a b"),
        ("general-practitioner", "何"),
        ("name:contains:exact", "a"),
        ("name:", "a"),
        ("gender:exact", "female"),
        ("organization.name", "a"),
        ("_has:Observation:patient:code", "a"),
        ("_text", "a"),
        ("_count", "-1"),
        ("_count", "１"),
        ("_total", "maybe"),
        ("_summary", "true"),
        ("_sort", ""),
        ("_sort", "name,-name"),
        ("_sort:asc", "name"),
        ("_include", "Patient"),
        ("_include", "Patient:name"),
        ("_include", "Observation:subject"),
        ("_include", "*"),
        ("_include:iterate", "Patient:organization"),
        ("_include", "Patient:organization:Practitioner"),
        ("_revinclude", "Patient:organization"),
        ("_revinclude", "Observation:subject:Group"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_both_languages(name: str, value: str) -> None:
    issues = refused("Patient", (name, value))
    assert all(issue.text and issue.text_ja for issue in issues)


@pytest.mark.parametrize("text", ["1e99999", "0x10", "1_000", "", "NaN", "1" * 40, "1e-7000"])
def test_a_number_must_be_one_that_can_be_stored(text: str) -> None:
    assert refused("RiskAssessment", ("probability", text))


def test_an_unknown_type_is_refused() -> None:
    assert "Kodomo" in refused("Kodomo")[0].text


def test_controls_shape_the_search() -> None:
    search = found(
        "Observation",
        ("_sort", "-date,status"),
        ("_count", "20"),
        ("_total", "accurate"),
        ("_include", "Observation:subject:Patient"),
        ("_revinclude", "Provenance:target"),
        ("_cursor", "abc"),
        ("_format", "json"),
    )
    assert [(sort.parameter.code, sort.descending) for sort in search.sort] == [
        ("date", True),
        ("status", False),
    ]
    assert (search.count, search.total, search.cursor) == (20, "accurate", "abc")
    assert [include.target for include in search.includes + search.revincludes] == ["Patient", None]
    assert ("_cursor", "abc") not in search.used
    assert ("_format", "json") not in search.used


def test_a_count_is_bounded_and_the_self_link_says_so() -> None:
    search = found("Patient", ("_count", "1000000"))
    assert search.count == LARGEST_COUNT
    assert search.used == (("_count", str(LARGEST_COUNT)),)
    assert found("Patient").count == DEFAULT_COUNT


@pytest.mark.parametrize("params", [("_count", "0"), ("_summary", "count")])
def test_a_count_alone_can_be_asked(params: tuple[str, str]) -> None:
    assert found("Patient", params).only_count


def test_composites_and_special_parameters_are_not_claimed() -> None:
    assert "code-value-quantity" not in searchable("Observation")
    assert "near" not in searchable("Location")


@given(st.text(alphabet="ab\\,|$あ", max_size=20), st.sampled_from(",|$"))
def test_what_is_escaped_stays_one_value(text: str, separator: str) -> None:
    assert [unescape(piece) for piece in split(escape(text), separator)] == [text]


@given(
    st.sampled_from(["Patient", "Observation", "Location", "RiskAssessment"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                ["name", "code", "date", "_id", "_sort", "_include", "value-quantity", "x", "_count"]
            )
            | st.text(max_size=8),
            st.text(max_size=20) | st.from_regex(r"[a-z]{2}[0-9|e.,-]{1,8}", fullmatch=True),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_any_text_gives_a_search_or_problems(
    resource_type: str, params: list[tuple[str, str]], lenient: bool
) -> None:
    parsed = parse_search(resource_type, params, lenient=lenient)
    assert isinstance(parsed, Search) or all(issue.text and issue.text_ja for issue in parsed.issues)


@pytest.mark.parametrize("text", ["ー", "・", "-", "　", "゛"])
def test_a_name_of_marks_alone_is_refused_since_every_name_begins_so(text: str) -> None:
    for name in ("name", "name:contains"):
        refused = parse_search("Patient", [(name, text)])
        assert isinstance(refused, Problems)
        assert "a letter or a digit" in refused.issues[0].text
    assert not isinstance(parse_search("Patient", [("name:exact", text)]), Problems)
