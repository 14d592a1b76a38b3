"""JSON to resource and back with nothing lost (R4 §2.6.2): 72.50 stays 72.50, 1E+2 stays 1E+2.

msgspec reads fast, but keeps the last of duplicate keys in silence, drops the sign of -0 and lets any
exponent in. Cheap tests on the bytes tell whether a body can hold any of that; only then is it read a second
time, slowly, by `careful`.
"""

import re
from decimal import Decimal
from typing import Any, Final

import msgspec

from boshi.fhir.careful import MAX_DEPTH, beyond_bounds, careful
from boshi.fhir.outcome import Problems, Resource

_SUSPECT_NUMBER: Final = re.compile(rb":\s*(?:-0\s*[,}\]]|-?[0-9]{20})|\[\s*-?[0-9]")
_ESCAPED_SUSPECT: Final = (b"\\u0000", b"\\u003a", b"\\u003A")


class _BeyondBounds(Exception):
    """A number too long or too large, found while msgspec decodes."""


def _bounded_decimal(text: str) -> Decimal:
    number = Decimal(text)
    if (len(text) > 16 or "e" in text or "E" in text) and beyond_bounds(number):
        raise _BeyondBounds
    return number


_DECODER: Final = msgspec.json.Decoder(float_hook=_bounded_decimal)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes) -> Resource | Problems:
    """The resource in the body, with Decimal for every number that is not an integer.

    Problems, each with its place: no or other encoding, malformed JSON, not an object, duplicate names,
    numbers beyond 34 digits or an exponent of 6,144, the character U+0000, nesting beyond MAX_DEPTH.
    """
    try:
        decoded = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _BeyondBounds):
        return careful(body)
    if not isinstance(decoded, dict) or _is_suspect(body, decoded):
        return careful(body)
    return decoded


def encode(resource: Resource) -> bytes:
    """The resource as compact UTF-8 JSON; every Decimal is written as the number it is."""
    return _ENCODER.encode(resource)


def _is_suspect(body: bytes, decoded: Resource) -> bool:
    if b"\\" in body and any(escaped in body for escaped in _ESCAPED_SUSPECT):
        return True
    if _SUSPECT_NUMBER.search(body):
        return True
    encoded = _ENCODER.encode(decoded)
    # A name given twice is kept once, and takes at least its colon away.
    if encoded.count(b":") != body.count(b":"):
        return True
    return encoded.count(b"{") + encoded.count(b"[") > MAX_DEPTH and _is_deeper(decoded, MAX_DEPTH)


def _is_deeper(decoded: Resource, limit: int) -> bool:
    level: list[Any] = [decoded]
    for _ in range(limit):
        inner: list[Any] = []
        for holder in level:
            values = holder.values() if type(holder) is dict else holder
            inner += [value for value in values if type(value) is dict or type(value) is list]
        if not inner:
            return False
        level = inner
    return True
