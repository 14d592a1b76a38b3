"""個人番号 (My Number) never enters: it is looked for wherever people write.

Twelve digits with a right check digit, after NFKC, also as 4-4-4 with spaces or hyphens; in strings, codes,
markdown and narrative text. Never in elements whose type is a uri, url, oid, uuid, id, date, number or
base64, nor in a Reference.reference, nor within what is a uuid, oid, url or digest in a text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from functools import cache
from html import unescape
from typing import Any, Final, NamedTuple

import msgspec

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Issue, Resource, error

_HYPHENS: Final = ("‐", "‒", "–", "—", "―", "−", "ー", "─")
_INVISIBLE: Final = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufe0e", "\ufe0f", "\ufeff")
_AS_SEEN: Final = str.maketrans(dict.fromkeys(_HYPHENS, "-") | dict.fromkeys(_INVISIBLE, ""))
_RUN: Final = re.compile(r"(?<![0-9])(?<![0-9]\.)([0-9]{12})(?![0-9]|\.[0-9])")
_GROUPED: Final = re.compile(
    r"(?<![0-9])(?<![0-9]-)([0-9]{4})(?: | ?- ?)([0-9]{4})(?: | ?- ?)([0-9]{4})(?!-?[0-9])"
)
_NO_NUMBER: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # uuid
    r"|(?<![0-9.])[0-2](?:\.[0-9]+){3,}"  # oid
    r"|[a-z][a-z0-9+.-]{0,30}://[!-~]+"  # url
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{16,}(?![0-9a-z])",  # digest
    re.IGNORECASE,
)
_WRITTEN: Final = frozenset(("string", "markdown", "code", "xhtml"))
_COMMENT: Final = re.compile(r"<!--(?:[^-]|-[^-])*-->")
_INLINE_TAG: Final = re.compile(
    r"</?(?:a|b|big|em|font|i|small|span|strong|sub|sup|tt|u)\b[^<>]*>", re.IGNORECASE
)
_TITLE: Final = re.compile(r"\b(?:title|alt)\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")


def _shape(byte: int) -> int:
    """What a byte of UTF-8 may be part of; of kanji and kana it is x, of what seldom stands S."""
    if byte < 0x80:
        return ord("0" if 48 <= byte <= 57 else "-" if byte in b" -" else "x")
    if byte < 0xC0:
        return ord({0x80: "u", 0x83: "w", 0xBC: "y"}.get(byte, "v" if 0x88 <= byte <= 0x8F else "x"))
    return ord({0xE3: "T", 0xEF: "F"}.get(byte, "x" if 0xE4 <= byte <= 0xE9 else "S"))


_SHAPES: Final = bytes(map(_shape, range(256)))
_GAP: Final = rb"(?:-|Twy|Tuu|Fyv)"
"""Space, hyphen, long vowel mark, ideographic space, U+FF08 to U+FF0F (with the full-width hyphen)."""
_NUMBER: Final = re.compile(rb"0000(?:(00000000+)|%(gap)b0000%(gap)b0000|%(gap)b{2,3}0000)" % {b"gap": _GAP})
_SQUARED: Final = re.compile(rb"Tv")
_OTHER_WIDTH: Final = re.compile(rb"F(?!yv)")
"""U+3200 to U+33FF (squared, circled), and the other half and full widths: digits may stand behind them."""
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]+")
_ESCAPED_CONTROL: Final = b"\\u00"
"""An escape ends in digits, which would hide where a number begins."""
_MARKED_UP: Final = re.compile(rb"[0-9](?:[ -]*(?:<[^<>]*>|&[A-Za-z]+;))+[ -]*[0-9]|&#")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def is_my_number(text: str) -> bool:
    """Whether the text, spaces around it aside, is nothing but one 個人番号."""
    plain = _normalized(text).strip()
    whole = re.fullmatch(r"[0-9]{12}", plain) or _GROUPED.fullmatch(plain)
    return bool(whole) and _has_right_check_digit(re.sub("[^0-9]", "", plain))


def contains_my_number(text: str) -> bool:
    """Whether a 個人番号 stands anywhere in the text; for columns of files and free text."""
    if len(text) < 6:
        return False
    plain = _NO_NUMBER.sub("x", _normalized(text))
    found = [*_RUN.finditer(plain), *_GROUPED.finditer(plain)]
    return any(_has_right_check_digit("".join(match.groups())) for match in found)


def find_my_numbers(resource: Resource, allowed_systems: Set[str] = frozenset()) -> list[Issue]:
    """One issue per element that holds a 個人番号: it names the place and never shows the number.

    A value (or code) whose `system` is among `allowed_systems` may be any 12-digit number.
    """
    if not may_contain_my_number(_ENCODER.encode(resource)):
        return []
    name = resource.get("resourceType")
    root = name if isinstance(name, str) else ""
    return [_refused(place) for place in _places(resource, root, root, allowed_systems)]


def may_contain_my_number(body: bytes) -> bool:
    """Whether UTF-8 bytes (a JSON body as `encode` writes it, a file's text) hold 12 digits in a right shape.

    A quick reject, without the types, and the check digit of groups: False is sure, True is not.
    """
    if b"\\" in body and _ESCAPED_CONTROL in body:
        return True
    shapes = body.translate(_SHAPES)
    marked_up = b"<" in body
    if marked_up or _may_hide(shapes):
        body = _BEYOND_ASCII.sub(_as_seen, body)
        shapes = body.translate(_SHAPES)
    for found in _NUMBER.finditer(shapes):
        digits = body[found.start() : found.end()]
        if found.group(1) is None or (len(digits) == 12 and _has_right_check_digit(digits.decode())):
            return True
    return marked_up and _MARKED_UP.search(body) is not None


def _may_hide(shapes: bytes) -> bool:
    """Whether digits, spaces or hyphens may stand there that only normalization shows."""
    return (
        b"S" in shapes
        or (b"F" in shapes and _OTHER_WIDTH.search(shapes) is not None)
        or (b"T" in shapes and _SQUARED.search(shapes) is not None)
    )


def _as_seen(letters: "re.Match[bytes]") -> bytes:
    return _normalized(letters.group().decode()).encode()


def _normalized(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_AS_SEEN)


def _has_right_check_digit(digits: str) -> bool:
    """番号法の命令5条: 11 - (sum of P_n * Q_n mod 11), and 0 where the remainder is 0 or 1.

    P_n is the n-th digit from the right without the check digit; Q_n is n + 1 up to 6, then n - 5.
    """
    *body, check = (int(digit) for digit in digits)
    weighed = ((n + 1 if n <= 6 else n - 5) * digit for n, digit in enumerate(reversed(body), 1))
    remainder = sum(weighed) % 11
    return check == (0 if remainder <= 1 else 11 - remainder)


class _Field(NamedTuple):
    location: str
    type: str


@cache
def _fields(type_name: str) -> Mapping[str, _Field]:
    definition = definitions().types.get(type_name)
    if definition is None:
        return {}
    elements = definition.elements.values()
    return {name: _Field(e.name, t) for e in elements for name, t in e.json_names()}


def _places(value: Any, type_name: str, place: str, allowed: Set[str]) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, type_name, f"{place}[{index}]", allowed)
    elif isinstance(value, dict):
        yield from _places_within(value, type_name, place, allowed)
    elif isinstance(value, str) and type_name in _WRITTEN and _holds(value, type_name):
        yield place


def _places_within(value: Mapping[str, Any], type_name: str, place: str, allowed: Set[str]) -> Iterator[str]:
    if type_name == "Resource":
        type_name = str(value.get("resourceType"))
    fields = _fields(type_name)
    system = value.get("system")
    exempt = isinstance(system, str) and system in allowed
    for name, item in value.items():
        field = fields.get(name)
        if field is None:
            field = _Field(name.removeprefix("_"), "Element" if name.startswith("_") else "string")
        if _is_written(type_name, name) and not (exempt and name in ("value", "code")):
            yield from _places(item, field.type, f"{place}.{field.location}".lstrip("."), allowed)


def _is_written(type_name: str, name: str) -> bool:
    """Ids and references are strings by type, and no text that people write."""
    return name not in ("id", "resourceType") and (type_name, name) != ("Reference", "reference")


def _holds(text: str, type_name: str) -> bool:
    if type_name != "xhtml":
        return contains_my_number(text)
    shown = _COMMENT.sub("", text)
    plain = unescape(_TAG.sub("\n", _INLINE_TAG.sub("", shown)))
    titles = (unescape(title) for title in _TITLE.findall(shown))
    return any(map(contains_my_number, (plain, *titles, *_COMMENT.findall(text))))


def _refused(place: str) -> Issue:
    return error(
        "business-rule",
        "A 個人番号 (12 digits with a right check digit) stands here; it is never stored. Remove it. "
        "If this is another 12-digit number, the town can list its identifier system.",
        "個人番号（検査用数字が正しい12桁）があります。個人番号は保存できません。取り除いてください。"
        "別の12桁の番号であれば、その識別子のsystemを市区町村の設定に登録できます。",
        place,
    )
