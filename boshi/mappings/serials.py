"""Serial numbers that a town gives: in another town the same number is another record's.

A record received from another town bears a number of its own here, out of a range that no town counts up to.
"""

import hashlib
from typing import Final

from boshi.mappings.layout import Layout

SET_ASIDE: Final = "9"
"""First digit of the numbers set aside for records of other towns."""


def serial_parts(layout: Layout) -> dict[int, str]:
    """The columns declared `serial` among the parts of the key, by position."""
    return {
        position: names[0]
        for position, names in enumerate(layout.key)
        if layout.value_columns[names[0]].options.get("serial", False)
    }


def set_aside(town: str, number: str) -> str:
    """The number, of the same length, under which a record with this number of `town` stands in another town."""
    digits = len(number) - len(SET_ASIDE)
    drawn = int.from_bytes(hashlib.sha256(f"{town}\x1f{number}".encode()).digest()[:8])
    return f"{SET_ASIDE}{drawn % 10**digits:0{digits}d}" if digits > 0 else number
