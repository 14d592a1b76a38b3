"""The slow reading of a JSON body: it finds and places whatever the fast one cannot see or cannot say."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from boshi.fhir.outcome import Issue, Problems, Resource, error

MAX_DEPTH: Final = 100
MAX_DIGITS: Final = 34
MAX_EXPONENT: Final = 6144
"""Digits and exponent of IEEE 754 decimal128, which the index stores."""

_TOO_LONG_INTEGER: Final = 4000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _Doubled(dict[str, Any]):
    """An object in which names stand more than once."""

    names: tuple[str, ...]


def careful(body: bytes) -> Resource | Problems:
    """The resource, or every problem that keeps it from being one, each with its place."""
    if not body.strip():
        return problem(
            "structure", "The body is empty; a resource is expected.", "本文が空です。リソースが必要です。"
        )
    text = _text(body)
    if isinstance(text, Problems):
        return text
    try:
        read = json.loads(
            text, parse_float=Decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object
        )
    except json.JSONDecodeError as reason:
        return _malformed(reason)
    except RecursionError:
        return _too_deep("")
    if not isinstance(read, dict):
        return problem(
            "structure",
            "The body is JSON, but not an object; a resource begins with {.",
            "本文はJSONですがオブジェクトではありません。リソースは { で始まります。",
        )
    issues = tuple(_issues(read))
    return Problems(issues) if issues else read


def problem(code: str, text: str, text_ja: str, expression: str = "") -> Problems:
    """Problems of one error."""
    return Problems((error(code, text, text_ja, expression),))


def beyond_bounds(number: Decimal) -> bool:
    """Whether a number has more digits, or a larger exponent, than decimal128 holds."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return True
    return len(digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_EXPONENT or exponent < -MAX_EXPONENT


def _text(body: bytes) -> str | Problems:
    if body.startswith(b"\xef\xbb\xbf"):
        return problem(
            "structure",
            "The body begins with a byte order mark (EF BB BF); JSON has none. Save it as UTF-8 without BOM.",
            "本文の先頭にBOM（EF BB BF）があります。BOMなしのUTF-8で保存してください。",
        )
    try:
        return body.decode()
    except UnicodeDecodeError as reason:
        where, byte = reason.start, body[reason.start]
        return problem(
            "structure",
            f"The body is not UTF-8: byte 0x{byte:02X} at offset {where}. Convert it (from CP932?) to UTF-8.",
            f"本文がUTF-8ではありません（{where}バイト目の0x{byte:02X}）。UTF-8に変換してください。",
        )


def _malformed(reason: json.JSONDecodeError) -> Problems:
    place = f"line {reason.lineno}, column {reason.colno}"
    return problem(
        "structure",
        f"The body is not JSON: {reason.msg} at {place}.",
        f"本文がJSONとして読めません（{reason.lineno}行目{reason.colno}文字目: {reason.msg}）。",
    )


def _integer(text: str) -> int | Decimal:
    return Decimal(text) if text == "-0" or len(text) > _TOO_LONG_INTEGER else int(text)


def _constant(text: str) -> Any:
    raise json.JSONDecodeError(f"{text} is no JSON number", "", 0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) == len(pairs):
        return read
    doubled = _Doubled(read)
    doubled.names = tuple(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    return doubled


def _issues(read: Resource) -> Iterator[Issue]:
    """Walk without recursion: the depth is what is being judged."""
    root = read.get("resourceType")
    waiting: list[tuple[str, Any, int]] = [(root if isinstance(root, str) else "", read, 1)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield _too_deep(place).issues[0]
        elif isinstance(value, dict):
            yield from _names(value, place)
            waiting += [(f"{place}.{name}".lstrip("."), v, depth + 1) for name, v in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(f"{place}[{i}]", v, depth + 1) for i, v in reversed(list(enumerate(value)))]
        elif isinstance(value, str):
            yield from _characters(value, place)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            yield from _number(value, place)


def _names(value: dict[str, Any], place: str) -> Iterator[Issue]:
    if isinstance(value, _Doubled):
        for name in value.names:
            yield error(
                "structure",
                f'The name "{name}" stands more than once in one object; a name may stand once. Merge them.',
                f"同じオブジェクトに「{name}」が2回以上あります。1つにまとめてください。",
                f"{place}.{name}".lstrip("."),
            )
    for name in value:
        yield from _characters(name, place)


def _characters(text: str, place: str) -> Iterator[Issue]:
    if "\0" in text:
        yield error(
            "value",
            "The text holds the character U+0000, which no FHIR string may hold. Remove it.",
            "文字列に使用できない文字U+0000があります。取り除いてください。",
            place,
        )
    if _SURROGATE.search(text):
        yield error(
            "value",
            "The text holds half of a surrogate pair, which is no character. Write the whole character.",
            "文字列にサロゲートペアの片方だけがあります。正しい文字にしてください。",
            place,
        )


def _number(value: int | Decimal, place: str) -> Iterator[Issue]:
    if beyond_bounds(Decimal(value)):
        yield error(
            "value",
            f"The number has over {MAX_DIGITS} digits or an exponent beyond ±{MAX_EXPONENT}. Shorten it.",
            f"数値が{MAX_DIGITS}桁または指数±{MAX_EXPONENT}を超えています。短くしてください。",
            place,
        )


def _too_deep(place: str) -> Problems:
    return problem(
        "too-costly",
        f"The body is nested more than {MAX_DEPTH} levels deep. Make it flatter.",
        f"本文の入れ子が{MAX_DEPTH}段を超えています。浅くしてください。",
        place,
    )
