"""What a structure check finds: a place relative to the checked value, and the words for it."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from boshi.fhir.outcome import Issue, error

MOST: Final = 1000
"""Problems that one answer tells; a body with more is told so."""


class Found(NamedTuple):
    """One problem; `place` continues the FHIRPath of the checked value (".name[0].given[1]", "" = itself)."""

    place: str
    code: str
    text: str
    text_ja: str

    def under(self, place: str) -> "Found":
        """The same problem, seen from one level up."""
        return Found(place + self.place, self.code, self.text, self.text_ja)


Check: TypeAlias = Callable[[Any], list[Found] | None]
"""A compiled check: None if the value is right."""

_NUMBER_OF_A_PERSON: Final = re.compile(r"\d{4}[ -]?\d{4}[ -]?\d{4}")
_SHOWN: Final = 60


def issues_at(root: str, found: Iterable[Found]) -> list[Issue]:
    """The problems as issues, with whole FHIRPath locations from `root`."""
    return [error(f.code, f.text, f.text_ja, (root + f.place).lstrip(".")) for f in found]


def quoted(value: object) -> str:
    """The value as JSON would show it, shortened; hidden where it could be the number of a person."""
    kind = json_kind(value)
    if isinstance(value, dict | list) or value is None:
        return kind
    text = str(value)
    if _NUMBER_OF_A_PERSON.search(unicodedata.normalize("NFKC", text)):
        return f"{kind} (not shown)"
    text = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f'"{text}"' if isinstance(value, str) else text


def json_kind(value: object) -> str:
    """What JSON calls it."""
    for types, name in (
        (bool, "true or false"),
        (dict, "an object"),
        (list, "an array"),
        (str, "a string"),
        (int | float | Decimal, "a number"),
    ):
        if isinstance(value, types):
            return name
    return "null"


def wrong_kind(value: object, expected: str, expected_ja: str) -> list[Found]:
    """The value is of another JSON type than its element needs; null has words of its own."""
    if value is None:
        return null()
    text = f"Found {quoted(value)}; expected {expected}."
    return [Found("", "structure", text, f"{expected_ja}が必要ですが、{quoted(value)} があります。")]


def wrong_value(value: object, expected: str, expected_ja: str) -> list[Found]:
    """The JSON type is right, the format is not."""
    text = f"Found {quoted(value)}; expected {expected}."
    return [Found("", "value", text, f"{quoted(value)} は正しくありません。{expected_ja}が必要です。")]


def null() -> list[Found]:
    """null stands for nothing, and only pads arrays of primitives."""
    text = "Found null; an element without a value is left out. Remove it."
    return [Found("", "structure", text, "nullは使えません。値のない要素は書かないでください。")]


def empty(kind: str, kind_ja: str) -> list[Found]:
    """An empty string, object or array (R4 §2.6.2: never present)."""
    text = f"Found an empty {kind}; an element without a value is left out. Remove it or fill it."
    return [Found("", "structure", text, f"空の{kind_ja}は使えません。取り除くか、値を入れてください。")]


def not_in_value_set(value: object, codes: Iterable[str], url: str) -> list[Found]:
    """A code outside its required value set."""
    listed = sorted(codes)
    some = ", ".join(listed[:20]) + (", …" if len(listed) > 20 else "")
    return [
        Found(
            "",
            "code-invalid",
            f"Found {quoted(value)}; expected a code of {url}: {some}.",
            f"{quoted(value)} は使えません。値セット {url} のコードが必要です: {some}",
        )
    ]
