"""Checks of the primitive types (R4 §2.24.0.1): JSON type, format, range."""

import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from boshi.fhir.definitions import definitions
from boshi.fhir.structure.found import Check, Found, empty, not_in_value_set, wrong_kind, wrong_value
from boshi.fhir.structure.narrative import check_narrative

MAX_STRING: Final = 1024 * 1024
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LARGEST: Final = 2**31 - 1


def primitive_check(name: str) -> Check:
    """The check of the primitive type of this name; its regex, where one is needed, is the standard's."""
    made: Check | None = _CHECKS.get(name)
    if made is not None:
        return made
    if name in _DAYS:
        return _day_check(name)
    regex = definitions().types[name].regex
    return _matching(re.compile(regex or ".*", re.DOTALL), *_WORDS[name])


def code_check(codes: frozenset[str], url: str) -> Check:
    """A code of a required, enumerable value set."""

    def check(value: Any) -> list[Found] | None:
        if type(value) is str and value in codes:
            return None
        return _no_string(value) or not_in_value_set(value, codes, url)

    return check


def _no_string(value: Any) -> list[Found] | None:
    if type(value) is not str:
        return wrong_kind(value, "a string", "文字列")
    return None if value else empty("string", "文字列")


def _string(value: Any) -> list[Found] | None:
    if type(value) is str and value and len(value) <= MAX_STRING:
        if value.isprintable():
            return None
        control = _CONTROL.search(value)
        if control is None:
            return None
        name = f"U+{ord(control.group()):04X}"
        return [
            Found(
                "",
                "value",
                f"The text holds the control character {name} at {control.start()}. Remove it.",
                f"文字列に制御文字 {name} があります（{control.start() + 1}文字目）。取り除いてください。",
            )
        ]
    return _no_string(value) or [
        Found(
            "",
            "too-long",
            f"The text has {len(value):,} characters; at most {MAX_STRING:,} are allowed. Use a Binary.",
            f"文字列が{len(value):,}文字あります。{MAX_STRING:,}文字以内にするか、Binaryを使ってください。",
        )
    ]


def _uri(value: Any) -> list[Found] | None:
    if type(value) is str and value and value.isprintable() and " " not in value:
        return None
    return _no_string(value) or wrong_value(value, "a URI without spaces", "空白を含まないURI")


def _boolean(value: Any) -> list[Found] | None:
    return None if type(value) is bool else wrong_kind(value, "true or false", "trueまたはfalse")


def _decimal(value: Any) -> list[Found] | None:
    if type(value) is Decimal or type(value) is int:
        return None
    return wrong_kind(value, "a number, without quotes", "引用符のない数値")


def _integer_from(low: int) -> Check:
    def check(value: Any) -> list[Found] | None:
        if type(value) is int and low <= value <= _LARGEST:
            return None
        if type(value) is int or type(value) is Decimal:
            return wrong_value(value, f"an integer from {low} to {_LARGEST}", f"{low}～{_LARGEST}の整数")
        return wrong_kind(value, "an integer, without quotes", "引用符のない整数")

    return check


def _base64(value: Any) -> list[Found] | None:
    if type(value) is str and value:
        try:
            binascii.a2b_base64("".join(value.split()), strict_mode=True)
        except ValueError:
            return wrong_value(value, "base64", "base64")
        return None
    return _no_string(value)


def _day_check(name: str) -> Check:
    """A date whose day exists: the regex alone would take 2024-02-30."""
    regex = definitions().types[name].regex
    matches = re.compile(regex or "").fullmatch
    expected, expected_ja = _WORDS[name]

    def check(value: Any) -> list[Found] | None:
        if type(value) is str and matches(value):
            try:
                if len(value) > 7:
                    date.fromisoformat(value[:10])
            except ValueError:
                return wrong_value(value, "a day that exists", "実在する日付")
            return None
        return _no_string(value) or wrong_value(value, expected, expected_ja)

    return check


def _matching(pattern: "re.Pattern[str]", expected: str, expected_ja: str) -> Check:
    matches: Callable[[str], object] = pattern.fullmatch

    def check(value: Any) -> list[Found] | None:
        if type(value) is str and matches(value):
            return None
        return _no_string(value) or wrong_value(value, expected, expected_ja)

    return check


def _xhtml(value: Any) -> list[Found] | None:
    return _no_string(value) or check_narrative(value)


_WORDS: Final = {
    "date": ("a date YYYY, YYYY-MM or YYYY-MM-DD", "YYYY、YYYY-MMまたはYYYY-MM-DDの日付"),
    "dateTime": (
        "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone (+09:00)",
        "YYYY、YYYY-MM、YYYY-MM-DDまたは時差（+09:00）付きのYYYY-MM-DDThh:mm:ss",
    ),
    "instant": (
        "YYYY-MM-DDThh:mm:ss with a zone (+09:00)",
        "時差（+09:00）付きのYYYY-MM-DDThh:mm:ss",
    ),
    "time": ("a time hh:mm:ss", "hh:mm:ssの時刻"),
    "code": ("a code without spaces at its ends or two in a row", "前後や連続の空白のないコード"),
    "id": ("1 to 64 of A-Z a-z 0-9 - .", "A-Z a-z 0-9 - . の1～64文字"),
    "oid": ("an OID as urn:oid:1.2.3", "urn:oid:1.2.3の形のOID"),
    "uuid": ("a UUID as urn:uuid: and lower-case hex", "urn:uuid:と小文字16進数のUUID"),
}

_CHECKS: Final[dict[str, Check]] = {
    "string": _string,
    "markdown": _string,
    "uri": _uri,
    "url": _uri,
    "canonical": _uri,
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _integer_from(-(2**31)),
    "unsignedInt": _integer_from(0),
    "positiveInt": _integer_from(1),
    "base64Binary": _base64,
    "xhtml": _xhtml,
}
_DAYS: Final = frozenset(("date", "dateTime", "instant"))
