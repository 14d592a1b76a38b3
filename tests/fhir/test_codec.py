"""What a client posts comes back with every value and precision kept; what JSON cannot say is refused."""

from decimal import Decimal

import pytest

from boshi.fhir.codec import MAX_DEPTH, decode, encode
from boshi.fhir.outcome import Problems, Resource


def resource(body: bytes) -> Resource:
    decoded = decode(body)
    assert not isinstance(decoded, Problems), decoded
    return decoded


def refusal(body: bytes) -> list[tuple[str, str]]:
    decoded = decode(body)
    assert isinstance(decoded, Problems), decoded
    assert all(issue.text and issue.text_ja for issue in decoded.issues)
    return [(issue.code, issue.expression) for issue in decoded.issues]


@pytest.mark.parametrize(
    "number",
    ["72.50", "1E+2", "0.00", "-0.0", "-0", "3.10", "12345678901234567890", "0.12345678901234567890", "37"],
)
def test_a_number_comes_back_with_its_precision(number: str) -> None:
    body = b'{"resourceType":"Observation","valueQuantity":{"value":%s}}' % number.encode()
    assert encode(resource(body)) == body


@pytest.mark.parametrize("written", ["1e2", "1.0E2", "1e-7", "0.0000001", "1E+02"])
def test_a_number_written_otherwise_keeps_value_and_precision(written: str) -> None:
    sent = resource(b'{"v":%s}' % written.encode())
    kept = resource(encode(sent))
    assert kept["v"].as_tuple() == sent["v"].as_tuple() == Decimal(written).as_tuple()


@pytest.mark.parametrize("name", ["𠮷野", "髙橋", "葛\U000e0100城", "ﾊﾅｺ", 'a/b\\c"\n\t'])
def test_characters_beyond_cp932_come_back(name: str) -> None:
    assert resource(encode({"resourceType": "Patient", "name": [{"text": name}]}))["name"][0]["text"] == name


def test_an_escaped_surrogate_pair_is_its_character() -> None:
    assert resource(rb'{"text":"\ud842\udfb7"}') == {"text": "𠮷"}


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert resource(rb'{"text":"C:\\u0000"}') == {"text": r"C:\u0000"}


def test_an_escaped_colon_is_read() -> None:
    assert resource(rb'{"text":"a\u003ab"}') == {"text": "a:b"}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (b'{"resourceType":"Patient","gender":"male","gender":"female"}', [("structure", "Patient.gender")]),
        (rb'{"a":{"x":1,"x":1,"y":"\u003a"}}', [("structure", "a.x")]),
        (b'{"a":[{"x" : "1:","x" :\n"2"}]}', [("structure", "a[0].x")]),
        (b'{"v":1.%s}' % (b"1" * 34), [("value", "v")]),
        (b'{"v":%s}' % (b"9" * 35), [("value", "v")]),
        (b'{"v":[1, %s]}' % (b"9" * 35), [("value", "v[1]")]),
        (b'{"v":%s}' % (b"9" * 5000), [("value", "v")]),
        (b'{"v":1e5000000}', [("value", "v")]),
        (b'{"v":1e-6177}', [("value", "v")]),
        (rb'{"name":[{"text":"a\u0000b"}]}', [("value", "name[0].text")]),
        (rb'{"text":"\ud842"}', [("value", "text")]),
        (rb'{"text":"\udfb7abcdef"}', [("value", "text")]),
        (b'{"text":"\x8e\x52"}', [("structure", "")]),
        (b'\xef\xbb\xbf{"resourceType":"Patient"}', [("structure", "")]),
        ('{"resourceType":"Patient"}'.encode("utf-16"), [("structure", "")]),
        (b"", [("structure", "")]),
        (b" \n", [("structure", "")]),
        (b"[]", [("structure", "")]),
        (b'"Patient"', [("structure", "")]),
        (b'{"a":1', [("structure", "")]),
        (b'{"a":NaN}', [("structure", "")]),
        (b'{"a":01}', [("structure", "")]),
        (b'{"a":"\x00"}', [("structure", "")]),
        (b"{} {}", [("structure", "")]),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(body: bytes, problems: list[tuple[str, str]]) -> None:
    assert refusal(body) == problems


def test_all_problems_are_told_not_the_first() -> None:
    assert len(refusal(rb'{"a":1,"a":2,"b":{"c":"\u0000","d":1e9999}}')) == 3


def test_the_line_of_malformed_json_is_told() -> None:
    decoded = decode(b'{\n  "resourceType": "Patient",\n  "active": tru\n}')
    assert isinstance(decoded, Problems)
    assert "line 3, column 13" in decoded.issues[0].text


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 5_000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_deep_nesting_is_refused(levels: int, opening: bytes, closing: bytes) -> None:
    inner = opening * (levels - 1) + b"1" + closing * (levels - 1)
    assert refusal(b'{"a":' + inner + b"}")[0][0] == "too-costly"


def test_nesting_within_bounds_is_read() -> None:
    body = b'{"a":' * (MAX_DEPTH - 1) + b'{"a":1}' + b"}" * (MAX_DEPTH - 1)
    assert encode(resource(body)) == body


def test_many_objects_side_by_side_are_not_deep() -> None:
    body = b'{"a":[' + b",".join([b'{"b":[]}'] * 300) + b"]}"
    assert encode(resource(body)) == body
