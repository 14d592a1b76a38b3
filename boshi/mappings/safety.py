"""個人番号 in files: found in cells, masked in whatever is shown or kept of a refused row."""

import re
import unicodedata
from typing import Final

from boshi.mappings.rejects import MASK
from boshi.profiles.my_number import contains_my_number

_DIGIT: Final = r"[\d⁰¹²³⁴-⁹₀-₉①-⑳⓪⓵-⓽⑴-⒇❶-❿]"
_SUSPECT: Final = re.compile(rf"(?<!\d){_DIGIT}{{4}}\D{{0,3}}{_DIGIT}{{4}}\D{{0,3}}{_DIGIT}{{4}}(?!\d)")
_TWELVE: Final = re.compile(r"(?<!\d)\d{4}[\s\-‐‒–—―−ー─]{0,3}\d{4}[\s\-‐‒–—―−ー─]{0,3}\d{4}(?!\d)")


def may_hold_my_number(text: str) -> bool:
    """A quick reject for a whole line: False is sure."""
    return _SUSPECT.search(text) is not None


def holds_my_number(cell: str) -> bool:
    """Whether a 個人番号 stands in the cell."""
    return contains_my_number(cell)


def masked(text: str, *, broadly: bool = False) -> str:
    """The text with every 個人番号 in it masked; `broadly`: every number of 12 digits, right or not."""
    if not broadly and not contains_my_number(text):
        return text
    shown = _TWELVE.sub(MASK, unicodedata.normalize("NFKC", text))
    return MASK if contains_my_number(shown) else shown
