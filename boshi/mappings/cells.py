"""A line to cells and cells to a line: delimited with or without quotes, or of fixed width."""

import csv
import io
from collections.abc import Sequence
from typing import Final, Protocol

from boshi.mappings.layout import Layout
from boshi.mappings.rejects import Reason

UNCLOSED: Final = Reason(
    "quoting",
    "a quote is opened and not closed, or text follows a closed one",
    "引用符が閉じていない、または閉じた後に文字がある",
    "close the quote, and double a quote inside a cell; then empty 項目",
    "引用符を閉じ、セル内の引用符は2つ重ねる。直したら「項目」を消す",
)


def wrong_count(found: int, expected: int) -> Reason:
    """A row with too few or too many cells."""
    return Reason(
        "cell-count",
        f"the row has {found} cells, the layout {expected}",
        f"セルが{found}個ある（レイアウトでは{expected}個）",
        "restore the missing or extra delimiter, then empty 項目",
        "区切り文字の過不足を直し、「項目」を消す",
    )


class Cutter(Protocol):
    """Cuts and joins lines of one file."""

    def cut(self, text: str) -> "list[str] | Reason | None":
        """The cells; None when an open quote asks for the next line; a Reason when the line is broken."""

    def join(self, cells: Sequence[str]) -> "str | Reason":
        """The line that holds the cells."""


class Delimited:
    """Comma or tab, quotes none, double or single."""

    def __init__(self, layout: Layout) -> None:
        self._separator, self._quote = layout.file.separator, layout.file.quotation

    def cut(self, text: str) -> "list[str] | Reason | None":
        """See Cutter."""
        if not self._quote or self._quote not in text:
            return text.split(self._separator)
        try:
            return next(csv.reader([text], delimiter=self._separator, quotechar=self._quote, strict=True), [])
        except csv.Error as problem:
            return None if "unexpected end" in str(problem) else UNCLOSED

    def join(self, cells: Sequence[str]) -> "str | Reason":
        """See Cutter. Quotes stand where the cell needs them."""
        line = self._separator.join(cells)
        special = any(mark in line for mark in (self._quote or "\n", "\n", "\r"))
        if not special and line.count(self._separator) == len(cells) - 1:
            return line
        if not self._quote:
            return Reason(
                "unwritable",
                "a value holds the delimiter or a line end and the layout has no quotes",
                "値に区切り文字または改行があり、引用符のないレイアウトでは書けない",
                "give the layout quotes, or remove the character",
                "レイアウトに引用符を設けるか、その文字を除く",
            )
        out = io.StringIO()
        csv.writer(out, delimiter=self._separator, quotechar=self._quote, lineterminator="\r\n").writerow(
            cells
        )
        return out.getvalue().removesuffix("\r\n")


class Fixed:
    """Columns of fixed width: bytes in CP932, characters otherwise. Text is padded right with spaces."""

    def __init__(self, layout: Layout, encoding: str) -> None:
        self._widths = [int(column.options["width"]) for column in layout.columns.values()]
        self._names = list(layout.columns)
        self._encoding = encoding if encoding == "cp932" else ""

    def cut(self, text: str) -> "list[str] | Reason | None":
        """See Cutter. What follows a tab after the last column is the rejects file's."""
        record: bytes | str = text.encode(self._encoding, "surrogateescape") if self._encoding else text
        if len(record) < sum(self._widths):
            return wrong_count(len(record), sum(self._widths))
        cells, at = [], 0
        for width in self._widths:
            piece = record[at : at + width]
            at += width
            cells.append(
                piece if isinstance(piece, str) else piece.decode(self._encoding, "backslashreplace")
            )
        rest = (
            record[at:] if isinstance(record, str) else record[at:].decode(self._encoding, "backslashreplace")
        )
        if rest and not rest.startswith("\t"):
            return wrong_count(len(record), sum(self._widths))
        return [cell.strip(" ") for cell in cells]

    def join(self, cells: Sequence[str]) -> "str | Reason":
        """See Cutter."""
        out: list[str] = []
        for name, width, cell in zip(self._names, self._widths, cells, strict=True):
            length = len(cell.encode(self._encoding, "replace")) if self._encoding else len(cell)
            if length > width or "\n" in cell or "\r" in cell:
                return Reason(
                    "unwritable",
                    f"the value of {name} does not fit its {width} bytes or characters",
                    f"「{name}」の値が幅{width}に収まらない",
                    "shorten the value, or widen the column in the layout",
                    "値を短くするか、レイアウトの幅を広げる",
                )
            out.append(cell + " " * (width - length))
        return "".join(out)


def cutter(layout: Layout, encoding: str) -> Cutter:
    """The cutter for a file of this layout in this encoding."""
    return Fixed(layout, encoding) if layout.file.format == "fixed" else Delimited(layout)
