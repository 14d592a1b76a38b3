"""A stream of bytes to lines, in constant memory whatever the stream holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

LONGEST_LINE: Final = 1 << 20
"""Bytes. A longer line is given cut and marked: what follows it in the file is still read."""
_BLOCK: Final = 1 << 18


@dataclass(slots=True)
class Line:
    """One line without its `end` (LF, CRLF, or nothing at the end of the file).

    `too_long`: `content` is only its beginning.
    """

    number: int
    content: bytes
    end: str = ""
    too_long: bool = False


def read_lines(stream: BinaryIO, head: bytes, *, wide: bool) -> Iterator[Line]:
    """The lines of `head` followed by the rest of the stream. `wide`: two bytes a character (UTF-16LE)."""
    number, kept, too_long = 1, head, False
    while True:
        *complete, kept = _split(kept, wide)
        for content in complete:
            yield _line(number, content, "\n", too_long, wide)
            number, too_long = number + 1, False
        if len(kept) > LONGEST_LINE:
            kept, too_long = kept[: LONGEST_LINE + (len(kept) - LONGEST_LINE) % 2], True
        block = stream.read(_BLOCK)
        if not block:
            break
        kept += block
    if kept and kept != b"\x1a":
        yield _line(number, kept, "", too_long, wide)


def _line(number: int, content: bytes, end: str, too_long: bool, wide: bool) -> Line:
    carriage_return = b"\r\x00" if wide else b"\r"
    too_long = too_long or len(content) > LONGEST_LINE
    if content.endswith(carriage_return):
        return Line(number, content.removesuffix(carriage_return), f"\r{end}", too_long)
    return Line(number, content, end, too_long)


def _split(content: bytes, wide: bool) -> list[bytes]:
    if not wide:
        return content.split(b"\n")
    parts, start, at = [], 0, content.find(b"\n\x00")
    while at >= 0:
        if at % 2 == 0:
            parts.append(content[start:at])
            start = at + 2
        at = content.find(b"\n\x00", at + 2 if at % 2 == 0 else at + 1)
    parts.append(content[start:])
    return parts
