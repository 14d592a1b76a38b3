"""Rows to a file of the layout, and rejects to a file that can be mended and imported again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import BinaryIO, Final

from boshi.mappings.cells import Cutter, cutter
from boshi.mappings.header import REJECT_COLUMNS
from boshi.mappings.layout import Layout
from boshi.mappings.rejects import Reason, Reject, unwritable

_MARKS: Final = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe"}


@dataclass(slots=True)
class Written:
    """What `write_rows` did: rows in the file, and those that are not in it."""

    rows: int = 0
    rejects: list[Reject] = field(default_factory=list)


def write_rows(
    stream: BinaryIO,
    layout: Layout,
    rows: Iterable[Mapping[str, str] | Reject],
    *,
    encoding: str | None = None,
) -> Written:
    """Write the rows. A row with a character that the encoding cannot give back unchanged is not written:
    it is in `rejects`, with the column and the character named. Rejects among `rows` are passed on.
    """
    name = encoding or layout.file.encoding
    codec, end = name.removesuffix("-sig"), layout.file.line_end
    cut, names, written = cutter(layout, codec), list(layout.columns), Written()
    stream.write(_MARKS.get(name, b""))
    if layout.file.header:
        stream.write(
            f"{_joined(cut, [column.header for column in layout.columns.values()])}{end}".encode(codec)
        )
    for number, row in enumerate(rows, 1):
        if isinstance(row, Reject):
            written.rejects.append(row)
            continue
        line = cut.join([row.get(column, "") for column in names])
        if isinstance(line, Reason):
            written.rejects.append(Reject(number, "", "", line, dict(row)))
            continue
        encoded = _encoded(line + end, codec)
        if encoded is None:
            written.rejects.append(_unencodable(number, row, codec))
        else:
            stream.write(encoded)
            written.rows += 1
    return written


def _joined(cut: Cutter, cells: Sequence[str]) -> str:
    line = cut.join(cells)
    return "" if isinstance(line, Reason) else line


def _encoded(text: str, codec: str) -> bytes | None:
    try:
        content = text.encode(codec)
    except UnicodeEncodeError:
        return None
    return content if codec != "cp932" or text.isascii() or content.decode(codec) == text else None


def _unencodable(number: int, row: Mapping[str, str], codec: str) -> Reject:
    for column, cell in row.items():
        for character in cell:
            if _encoded(character, codec) is None:
                told = f"{character} (U+{ord(character):04X})"
                reason = unwritable(f"{codec} has no {told}", f"{codec}に文字{told}がない")
                return Reject(number, column, cell, reason, dict(row))
    return Reject(number, "", "", unwritable(f"not {codec}", f"{codec}で表せない"), dict(row))


def write_rejects(
    stream: BinaryIO,
    layout: Layout,
    rejects: Iterable[Reject],
    *,
    encoding: str | None = None,
    header: bool = True,
) -> int:
    """Write one line per refused row: its cells in the layout's order, then 行番号, 項目, 値, 理由, 対処.

    `rejects` come in file order. The reader takes the file, mended, as one of the layout. `encoding` is best
    the source file's; a character it lacks is written as \\uXXXX. Returns the number of rows.
    """
    name = encoding or layout.file.encoding
    codec, end = name.removesuffix("-sig"), layout.file.line_end
    cut = cutter(layout, codec)
    if header:
        stream.write(_MARKS.get(name, b""))
        if layout.file.header:
            titles = [column.header for column in layout.columns.values()]
            stream.write(
                f"{_with_tail(layout, cut, titles, REJECT_COLUMNS)}{end}".encode(codec, "backslashreplace")
            )
    count = 0
    for _, told in groupby(rejects, key=lambda reject: (reject.row, reject.record)):
        stream.write(f"{_reject_line(layout, cut, list(told))}{end}".encode(codec, "backslashreplace"))
        count += 1
    return count


def _reject_line(layout: Layout, cut: Cutter, rejects: Sequence[Reject]) -> str:
    cells = [rejects[0].cells.get(column, "") for column in layout.columns]
    tail = (
        str(rejects[0].row or rejects[0].record),
        " / ".join(reject.column for reject in rejects),
        " / ".join(reject.value for reject in rejects),
        " / ".join(reject.reason.ja for reject in rejects),
        " / ".join(reject.reason.remedy_ja for reject in rejects),
    )
    return _with_tail(layout, cut, cells, tail)


def _with_tail(layout: Layout, cut: Cutter, cells: Sequence[str], tail: Sequence[str]) -> str:
    if layout.file.format == "fixed":
        return "\t".join([_joined(cut, cells) or _joined(cut, [""] * len(cells)), *map(_one_line, tail)])
    line = cut.join([*cells, *tail])
    if isinstance(line, Reason):
        separator = layout.file.separator
        line = cut.join([_one_line(cell).replace(separator, "、") for cell in (*cells, *tail)])
    return "" if isinstance(line, Reason) else line


def _one_line(text: str) -> str:
    return " ".join(text.split()) if any(mark in text for mark in "\t\r\n") else text
