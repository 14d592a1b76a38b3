"""全国地方公共団体コード: two digits prefecture, three municipality, one check digit.

A file holds five digits, six, or six that lost a leading zero. The three cannot be told apart, so a
layout says which; anything else is refused.
"""

import re
from typing import Final

VARIANTS: Final = ("code5", "code6", "code6_unpadded")
_DIGITS: Final = re.compile(r"[0-9]+\Z")


def check_digit(five: str) -> str:
    """The sixth digit of a five-digit code."""
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def is_municipality_code(code: str) -> bool:
    """Whether the text is six digits with a right check digit."""
    return len(code) == 6 and bool(_DIGITS.match(code)) and code[5] == check_digit(code[:5])


def read_code(text: str, variant: str) -> str | None:
    """The six-digit code of `text`, written as `variant`; None when it is none."""
    if not _DIGITS.match(text):
        return None
    if variant == "code5":
        return text + check_digit(text) if len(text) == 5 else None
    if variant == "code6_unpadded":
        text = text.zfill(6) if len(text) in (5, 6) and not text.startswith("0") else text
    return text if is_municipality_code(text) else None


def write_code(code: str, variant: str) -> str | None:
    """The six-digit `code` as `variant` writes it; None when it is no code."""
    if not is_municipality_code(code):
        return None
    if variant == "code5":
        return code[:5]
    return code.lstrip("0") if variant == "code6_unpadded" else code
