"""What was worked out for values that many resources share, kept for the next resource that has them."""

from typing import Final, Generic, TypeVar

import msgspec

Kept = TypeVar("Kept")

_MOST: Final = 4096
"""Codes, measured values, dates and references of a thousand rows of a file: 4 MB."""
_LONGEST: Final = 512
"""Bytes; what is longer seldom comes twice."""
_OWN: Final = b'"identifier"'

encoded: Final = msgspec.json.Encoder(decimal_format="number").encode
"""The JSON of a value, as the end of a key."""


class Familiar(dict[bytes, Kept], Generic[Kept]):
    """Results by key: a mark of what was asked, then the JSON of the value.

    Bounded, and emptied when full: what is shared is soon there again, and nothing stays for long. A value with
    an identifier tells who a person is, is seldom shared, and is not kept.
    """

    def keep(self, key: bytes, result: Kept) -> None:
        """Remember the result, unless the value is long or a person's own."""
        if len(key) > _LONGEST or _OWN in key:
            return
        if len(self) >= _MOST:
            self.clear()
        self[key] = result
