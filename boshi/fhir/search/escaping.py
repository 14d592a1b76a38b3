r"""Splitting search values: `,` is OR, `|` and `$` part a value, and `\` before one takes it as it is."""

from typing import Final

_ESCAPABLE: Final = frozenset("\\,|$")


def split(text: str, separator: str) -> list[str]:
    r"""The pieces between unescaped separators, still escaped: split("a\\,b,c", ",") gives ["a\\,b", "c"]."""
    pieces: list[str] = []
    start, at = 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == separator:
            pieces.append(text[start:at])
            start = at + 1
        at += 1
    pieces.append(text[start:])
    return pieces


def unescape(text: str) -> str:
    r"""The text without its escapes; a `\` before anything else stands for itself."""
    if "\\" not in text:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in _ESCAPABLE and at + 1 < len(text):
            at += 1
        out.append(text[at])
        at += 1
    return "".join(out)


def escape(text: str) -> str:
    r"""The text as one value of a query: `\`, `,`, `|` and `$` escaped."""
    return "".join(f"\\{letter}" if letter in _ESCAPABLE else letter for letter in text)
