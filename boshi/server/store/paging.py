"""The cursor of a page: where it ended, in which order, of which search. Opaque, stateless, versioned.

A cursor names the last row by the values that order it: nothing is kept on the server, and rows that others
add or remove shift nothing.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import bson
from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from bson.errors import BSONError

from boshi.fhir.outcome import error
from boshi.fhir.search.criteria import Search
from boshi.server.refusal import Refused

_FORMAT: Final = 1
_LONGEST: Final = 8000
_AWARE: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True)
_SCALARS: Final = (str, int, float, bool, datetime, Decimal128, type(None))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: `values` of the row beside it, in the order named `order`.

    `back` asks for the rows before it, else those after it.
    """

    order: str
    values: tuple[Any, ...]
    back: bool = False


def write_cursor(search: Search, cursor: Cursor) -> str:
    """The cursor as text for a link."""
    told = {
        "f": _FORMAT,
        "s": _fingerprint(search),
        "o": cursor.order,
        "v": list(cursor.values),
        "b": cursor.back,
    }
    return base64.urlsafe_b64encode(bson.encode(told)).decode().rstrip("=")


def read_cursor(search: Search) -> Cursor | None:
    """The cursor that a search carries. Refused (400) when it is broken or belongs to another search."""
    if search.cursor is None:
        return None
    try:
        told = _decoded(search.cursor)
    except (BSONError, binascii.Error, ValueError) as broken:
        raise _refused() from broken
    values, order, back = told.get("v"), told.get("o"), told.get("b")
    right = told.get("f") == _FORMAT and told.get("s") == _fingerprint(search)
    if not right or not isinstance(values, list) or not isinstance(order, str) or not isinstance(back, bool):
        raise _refused()
    if not all(isinstance(value, _SCALARS) for value in values):
        raise _refused()
    return Cursor(order, tuple(values), back)


def _decoded(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError("not a cursor")
    padded = text + "=" * (-len(text) % 4)
    return bson.decode(base64.b64decode(padded, altchars=b"-_", validate=True), _AWARE)


def _fingerprint(search: Search) -> str:
    """Of what decides the rows and their order; the size of the page may change between pages."""
    told = repr((search.resource_type, search.criteria, search.sort))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _refused() -> Refused:
    return Refused(
        400,
        [
            error(
                "invalid",
                "The page cursor is broken or belongs to another search. Follow the links of the Bundle as "
                "they are, or begin again with the first page.",
                "ページのカーソルが壊れているか、別の検索のものです。Bundle のリンクをそのまま使うか、"
                "最初のページからやり直してください。",
            )
        ],
    )
