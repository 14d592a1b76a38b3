"""The lock documents: what a transaction touches so that it meets those it must not miss.

Stripes serve conditional writes: two that could make the same resource touch a common stripe, whatever their
criteria. Lanes serve references: a writer touches its own lane when it relies on a reference, a delete touches
all, so a delete and a new reference to what it deletes never both commit.
"""

import zlib
from collections.abc import Iterable
from functools import cache
from typing import Final

from boshi.fhir.definitions import definitions

STRIPES: Final = 16
LANES: Final = 64
_LANE: Final = "lane/"
EVERY_LANE: Final = {"_id": {"$gte": _LANE, "$lt": "lane0"}}
"""The filter of all lanes; "0" is the character after "/"."""


def lane_key(number: int) -> str:
    """The lock document of one lane."""
    return f"{_LANE}{number % LANES:02}"


def stripes(resource_type: str, identifiers: Iterable[str] | None) -> frozenset[str]:
    """The lock documents of these identifier values of a type; None = all of the type.

    The value counts without its system, so `value` and `system|value` meet.
    """
    if identifiers is None:
        return frozenset(_stripe(resource_type, number) for number in range(STRIPES))
    return frozenset(_stripe(resource_type, zlib.crc32(value.encode()) % STRIPES) for value in identifiers)


@cache
def all_keys() -> frozenset[str]:
    """Every lock document of a town."""
    of_types = (stripes(resource_type, None) for resource_type in definitions().resource_types)
    return frozenset(lane_key(number) for number in range(LANES)).union(*of_types)


def _stripe(resource_type: str, number: int) -> str:
    return f"{resource_type}/{number:02}"
