"""Folding of text for search and matching (R4 §3.1.1.4.9; JP Core 1.2.0, string search).

Two texts that people take for the same fold to the same: width and compatibility forms (NFKC), case,
accents, dakuten and handakuten, punctuation, spaces, control characters, variation selectors, hiragana and
katakana, small and large kana (ッ ツ, ヶ ケ), ヰ ヱ and イ エ, old and variant kanji (`old_kanji.csv`). The
long vowel mark ー is dropped, because half-width files write it with any dash: オーノ folds as オノ, while
オオノ stays. 々 and ヽ repeat the character before them. ヂ ヅ and ジ ズ stay apart, as do 斎 and 斉: folding
joins shapes, never sounds or names.

Every character folds by itself (but for 々), so `fold(a + b)` begins with `fold(a)`, and prefixes and parts
can be compared folded.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

_REPEAT: Final = re.compile("(.)([\u3005\u303b\u30fd]+)", re.DOTALL)
_REPEAT_MARKS: Final = "\u3005\u303b\u30fd"
_HIRAGANA: Final = range(0x3041, 0x3097)
_TO_KATAKANA: Final = 0x60
_LARGE_KANA: Final = dict(zip("ァィゥェォッャュョヮヵヶヰヱ", "アイウエオツヤユヨワカケイエ", strict=True))
_DROPPED_CATEGORIES: Final = frozenset(
    {"Mn", "Me", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sk", "Zs", "Zl", "Zp", "Cc", "Cf"}
)
_LONG_VOWEL: Final = "ー"


def fold(text: str) -> str:
    """The text as search and matching compare it; idempotent; empty if nothing but punctuation was there."""
    folded = text.translate(_FOLDED)
    if any(mark in folded for mark in _REPEAT_MARKS):
        return _REPEAT.sub(lambda found: found[1] * (1 + len(found[2])), folded)
    return folded


@cache
def old_kanji() -> dict[str, str]:
    """Old or variant kanji -> the one it folds to."""
    table: dict[str, str] = {}
    lines = (files(__package__) / "old_kanji.csv").read_text("utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            kept, variants = line.split(",")
            table.update(dict.fromkeys(variants, kept))
    return table


class _FoldedCharacters(dict[int, str]):
    """Code point -> its folded text, worked out the first time the character is seen."""

    def __missing__(self, code_point: int) -> str:
        text = chr(code_point)
        while (folded := "".join(map(_step, unicodedata.normalize("NFKD", text).casefold()))) != text:
            text = folded
        self[code_point] = folded
        return folded


def _step(character: str) -> str:
    if character == _LONG_VOWEL or unicodedata.category(character) in _DROPPED_CATEGORIES:
        return ""
    if ord(character) in _HIRAGANA:
        character = chr(ord(character) + _TO_KATAKANA)
    elif character in "ゝゞ":
        character = "ヽ"
    return _LARGE_KANA.get(character) or old_kanji().get(character, character)


_FOLDED: Final = _FoldedCharacters()
