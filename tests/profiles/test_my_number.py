"""個人番号 is found wherever people write, is never shown, and nothing else is taken for it."""

import base64
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.codec import encode
from boshi.profiles.my_number import (
    contains_my_number,
    find_my_numbers,
    is_my_number,
    may_contain_my_number,
)

NUMBER = "123456789018"
"""Made up; its check digit is right."""
XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "1234-5678-9018",
        "1234 5678 9018",
        "１２３４５６７８９０１８",
        "１２３４－５６７８－９０１８",
        "1234ー5678ー9018",
        "1234−5678−9018",
        "1234　5678　9018",
        "1234 - 5678 - 9018",
        "1234\u00ad5678\u00ad9018",
        "1234\u200b5678\u200b9018",
        "①②③④⑤⑥⑦⑧⑨⓪①⑧",
        "個人番号は123456789018です。",
        "マイナンバー:1234-5678-9018。",
        "ID123456789018",
        "1234 5678 9018 5歳",
        "123456789018.",
        "123456789012 と 123456789018",
        "123456789018-01",
    ],
)
def test_a_number_is_found_as_people_write_it(text: str) -> None:
    assert contains_my_number(text)
    patient = {"resourceType": "Patient", "name": [{"text": text}]}
    assert [issue.expression for issue in find_my_numbers(patient)] == ["Patient.name[0].text"]


@pytest.mark.parametrize(
    "text",
    [
        "123456789012",
        "0123456789018",
        "000123456789018",
        "1234567890180",
        "12345678901",
        "1234-5678-9018-0000",
        "0000-1234-5678-9018",
        "123-456-789-018",
        "3.123456789018",
        "123456789018.5",
        "urn:uuid:0f3c8a52-1f6c-4c4f-9d2e-123456789018",
        "1.2.392.123456789018.1",
        "https://example.jp/notices/123456789018",
        "9f86d081123456789018ab00",
        "090-1234-5678",
        "",
    ],
)
def test_what_is_none_passes(text: str) -> None:
    assert not contains_my_number(text)
    assert find_my_numbers({"resourceType": "Patient", "name": [{"text": text}]}) == []


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"identifier": [{"system": "http://example.jp/id", "value": NUMBER}]}, "identifier[0].value"),
        ({"maritalStatus": {"coding": [{"code": NUMBER}]}}, "maritalStatus.coding[0].code"),
        ({"maritalStatus": {"coding": [{"display": NUMBER}]}}, "maritalStatus.coding[0].display"),
        (
            {"managingOrganization": {"identifier": {"value": NUMBER}}},
            "managingOrganization.identifier.value",
        ),
        ({"managingOrganization": {"display": NUMBER}}, "managingOrganization.display"),
        ({"extension": [{"url": "http://a", "valueMarkdown": f"**{NUMBER}**"}]}, "extension[0].value"),
        (
            {"_birthDate": {"extension": [{"url": "http://a", "valueString": NUMBER}]}},
            "birthDate.extension[0].value",
        ),
        ({"contained": [{"resourceType": "Organization", "name": NUMBER}]}, "contained[0].name"),
        ({"text": {"div": XHTML % f"<p>{NUMBER}</p>"}}, "text.div"),
        ({"text": {"div": XHTML % "1234<b>5678</b>9018"}}, "text.div"),
        ({"text": {"div": XHTML % "<b>1234</b><b>5678</b><b>9018</b>"}}, "text.div"),
        ({"text": {"div": XHTML % "123456<!-- 改 --><i>789018</i>"}}, "text.div"),
        ({"text": {"div": XHTML % f"<!-- {NUMBER} -->"}}, "text.div"),
        ({"text": {"div": XHTML % "1234&shy;5678&shy;9018"}}, "text.div"),
        ({"text": {"div": XHTML % "1234&nbsp;5678&nbsp;9018"}}, "text.div"),
        ({"text": {"div": XHTML % "1234&#45;5678&#45;9018"}}, "text.div"),
        ({"text": {"div": XHTML % f'<img alt="{NUMBER}"/>'}}, "text.div"),
    ],
)
def test_the_place_is_told_and_the_number_is_not(elements: dict[str, Any], place: str) -> None:
    (issue,) = find_my_numbers({"resourceType": "Patient", **elements})
    assert issue.expression == f"Patient.{place}"
    assert NUMBER not in issue.text + issue.text_ja


@pytest.mark.parametrize(
    "elements",
    [
        {"id": NUMBER},
        {"implicitRules": f"http://example.jp/{NUMBER}"},
        {"name": [{"id": NUMBER}]},
        {"managingOrganization": {"reference": f"Organization/{NUMBER}"}},
        {"identifier": [{"system": f"http://example.jp/{NUMBER}"}]},
        {"photo": [{"data": base64.b64encode(NUMBER.encode()).decode(), "url": f"http://a/{NUMBER}"}]},
        {"extension": [{"url": "http://a", "valueDecimal": int(NUMBER)}]},
        {"extension": [{"url": "http://a", "valueDateTime": NUMBER}]},
        {"extension": [{"url": "http://a", "valueBase64Binary": NUMBER}]},
        {"text": {"div": XHTML % "<td>1234</td><td>5678</td><td>9018</td>"}},
        {"text": {"div": XHTML % f'<a href="http://a/{NUMBER}">知らせ</a>'}},
    ],
)
def test_elements_that_are_no_text_are_not_searched(elements: dict[str, Any]) -> None:
    assert find_my_numbers({"resourceType": "Patient", **elements}) == []


def test_a_town_may_list_systems_of_other_numbers() -> None:
    system = "http://example.jp/id/jigyosho"
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": NUMBER}, {"system": system, "type": {"text": NUMBER}}],
    }
    found = find_my_numbers(patient, frozenset([system]))
    assert [issue.expression for issue in found] == ["Patient.identifier[1].type.text"]


@given(st.integers(0, 10**11 - 1))
def test_exactly_one_last_digit_is_right(body: int) -> None:
    right = [check for check in range(10) if is_my_number(f"{body:011d}{check}")]
    assert len(right) == 1


@given(
    st.integers(0, 10**11 - 1),
    st.sampled_from(["", "-", " ", "－", "　", "\u00ad", "\u200b"]),
    st.text(max_size=5),
    st.text(max_size=5),
)
def test_the_quick_reject_never_hides_a_number(body: int, between: str, before: str, after: str) -> None:
    digits = next(f"{body:011d}{check}" for check in range(10) if is_my_number(f"{body:011d}{check}"))
    text = before + between.join((digits[:4], digits[4:8], digits[8:])) + after
    if contains_my_number(text):
        assert may_contain_my_number(encode({"text": text}))


@pytest.mark.parametrize(
    "text",
    [
        "1234-<b>5678</b>-9018",
        "1234　<b>5678</b>　9018",
        "1234&nbsp;-&nbsp;5678-9018",
        "1234<i>&nbsp;</i>5678 9018",
    ],
)
def test_marks_between_the_groups_of_a_narrative_hide_no_number(text: str) -> None:
    patient = {"resourceType": "Patient", "text": {"status": "generated", "div": XHTML % text}}
    assert [issue.expression for issue in find_my_numbers(patient)] == ["Patient.text.div"]


def test_no_character_that_reads_as_space_hyphen_nothing_or_digits_hides_a_number() -> None:
    for letter in (chr(code) for code in range(0x80, 0x20000) if not 0xD800 <= code < 0xE000):
        shown = unicodedata.normalize("NFKC", letter)
        texts = [letter.join((NUMBER[:4], NUMBER[4:8], NUMBER[8:])), NUMBER.replace(shown, letter)]
        for text in texts:
            if contains_my_number(text):
                assert may_contain_my_number(encode({"text": text})), ascii(letter)


@pytest.mark.parametrize("half", ["0<", "a1", "ga", "<a ", "&#", "1234-", "title='", "://a", "00000000-"])
def test_a_megabyte_of_half_written_marks_is_read_in_one_pass(half: str) -> None:
    text = half * (1_000_000 // len(half)) + f" {NUMBER}"
    assert may_contain_my_number(encode({"text": text}))
    assert contains_my_number(text)
