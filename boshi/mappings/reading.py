"""Reading a file of a layout: a stream of bytes to rows and rejects, one at a time, in constant memory.

What concerns the whole file (empty, another kind, encoding, header) is refused before the first row. What
concerns one row (a byte that does not decode, an open quote, a NUL, a 個人番号, a line over 1 MiB) makes
that row a Reject and reading goes on.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Final

from boshi.fhir.outcome import Issue, error
from boshi.mappings.cells import UNCLOSED, Cutter, cutter, wrong_count
from boshi.mappings.encodings import detect
from boshi.mappings.header import REJECT_COLUMNS, Arrangement, arrange
from boshi.mappings.layout import Layout
from boshi.mappings.lines import LONGEST_LINE, Line, read_lines
from boshi.mappings.refusal import FileRefused
from boshi.mappings.rejects import WHOLE_ROW, Reason, Reject, my_number, unmended
from boshi.mappings.row import Row
from boshi.mappings.safety import holds_my_number, masked, may_hold_my_number

_HEAD: Final = 1 << 16
_LINES_OF_A_ROW: Final = 50
_CONTROLS: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff"
_PRIVATE_USE: Final = r"\ue000-\uf8ff\U000f0000-\U0010ffff"
_FORBIDDEN: Final = re.compile(f"[{_CONTROLS}{_PRIVATE_USE}]")

_TOO_LONG: Final = Reason(
    "too-long",
    f"the line is longer than {LONGEST_LINE} bytes",
    f"行が{LONGEST_LINE}バイトを超えている",
    "check that the file has line ends and that no quote is left open; mend the row, then empty 項目",
    "改行があるか、引用符が閉じているかを確かめる。行を直したら「項目」を消す",
)
_MY_NUMBER: Final = my_number()
_SHOWN: Final = re.compile(r"\*{12}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}")
"""What stands in a rejects file for a 個人番号, an undecodable byte, a character that is refused."""
_UNMENDED_ROW: Final = unmended("its 項目 says 行全体", f"「項目」に「{WHOLE_ROW}」が残っている")
_UNMENDED_CELL: Final = unmended(
    "a cell holds a mark for what was refused", "受け付けなかった文字や番号の印が残っている"
)


def _undecodable(encoding: str, at: int) -> Reason:
    return Reason(
        "encoding",
        f"byte {at + 1} of the line is not {encoding}",
        f"行の{at + 1}バイト目が{encoding}の文字ではない",
        "correct the character, shown as \\x.., or save the file in one encoding",
        "\\x..と示した文字を直すか、ファイル全体を1つの文字コードで保存する",
    )


def _forbidden(character: str) -> Reason:
    name = f"U+{ord(character):04X}"
    if character >= "\ue000":
        return Reason(
            "private-use",
            f"the value holds the private-use character (外字) {name}, which means nothing in another system",
            f"外字（{name}）がある。他のシステムでは読めない",
            "replace it by the standard character (行政事務標準文字)",
            "標準の文字（行政事務標準文字）に置き換える",
        )
    return Reason(
        "control-character",
        f"the value holds the control character {name}",
        f"制御文字（{name}）がある",
        "remove the character",
        "その文字を除く",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    layout: Layout
    encoding: str
    cutter: Cutter
    arrangement: Arrangement
    discards: tuple[str, ...]
    free: frozenset[str]


def read_rows(
    stream: BinaryIO,
    layout: Layout,
    *,
    encoding: str | None = None,
    other_numbers: Set[str] = frozenset(),
) -> Iterator[Row | Reject]:
    """The rows of a file, each as Row or Reject, in file order. Raises FileRefused at once.

    `encoding` overrides what the bytes tell; `other_numbers` names columns that hold other 12-digit numbers.
    """
    head = stream.read(_HEAD)
    while len(head) < _HEAD and (more := stream.read(_HEAD - len(head))):
        head += more
    told, mark = detect(head, encoding or layout.file.encoding)
    told = encoding if encoding and not mark else told
    lines = read_lines(stream, head[mark:], wide=told == "utf-16-le")
    codec = told.removesuffix("-sig")
    cut = cutter(layout, codec)
    arrangement, lines = _arrangement(lines, layout, codec, cut)
    discards = tuple(name for name in arrangement.names if layout.columns[name].discard)
    free = {name for name, column in layout.columns.items() if column.options.get("other_number")}
    return _rows(
        _File(layout, codec, cut, arrangement, discards, frozenset(free | set(other_numbers))), lines
    )


def _arrangement(
    lines: Iterator[Line], layout: Layout, encoding: str, cut: Cutter
) -> tuple[Arrangement, Iterator[Line]]:
    if not layout.file.header:
        return _without_header(lines, layout, encoding, cut)
    line = next(lines, Line(1, b""))
    text, undecodable = _decoded(line.content, encoding)
    if undecodable and not line.too_long:
        raise FileRefused(_no_header(layout, undecodable))
    cells = None if line.too_long else cut.cut(text)
    if not isinstance(cells, list):
        raise FileRefused(_no_header(layout, _TOO_LONG if line.too_long else cells or UNCLOSED))
    return arrange(cells, layout, line.number), lines


def _no_header(layout: Layout, why: Reason) -> Issue:
    return error(
        "structure",
        f"Line 1 is no header of layout {layout.name}: {why.en}; {why.remedy_en}.",
        f"1行目がレイアウト {layout.name} の見出しではありません。{why.ja}。{why.remedy_ja}。",
        "line 1",
    )


def _without_header(
    lines: Iterator[Line], layout: Layout, encoding: str, cut: Cutter
) -> tuple[Arrangement, Iterator[Line]]:
    first = next(lines, Line(1, b""))
    cells = cut.cut(first.content.decode(encoding, "replace"))
    names = tuple(layout.columns)
    extra = (
        len(REJECT_COLUMNS)
        if isinstance(cells, list) and len(cells) == len(names) + len(REJECT_COLUMNS)
        else 0
    )
    return Arrangement(names, extra), chain([first], lines)


def _rows(file: _File, lines: Iterator[Line]) -> Iterator[Row | Reject]:
    waiting: list[Line] = []
    while True:
        line = waiting.pop(0) if waiting else next(lines, None)
        if line is None:
            return
        if not line.content or line.content.isspace():
            continue
        if line.too_long:
            yield _uncut(file, line.number, line.content[:200].decode(file.encoding, "replace"), _TOO_LONG)
            continue
        text, undecodable = _decoded(line.content, file.encoding)
        cells = file.cutter.cut(text)
        raw = line.content
        if cells is None:
            text, raw, cells, waiting = _continued(file, line, text, lines, waiting)
        if isinstance(cells, list):
            yield _row(file, line.number, text, raw, cells, undecodable)
        else:
            yield _uncut(file, line.number, text, cells or UNCLOSED)


def _decoded(content: bytes, encoding: str) -> tuple[str, Reason | None]:
    try:
        return content.decode(encoding), None
    except UnicodeDecodeError as problem:
        return content.decode(encoding, "backslashreplace"), _undecodable(encoding, problem.start)


def _continued(
    file: _File, line: Line, text: str, lines: Iterator[Line], waiting: list[Line]
) -> tuple[str, bytes, "list[str] | Reason | None", list[Line]]:
    taken: list[Line] = []
    source = chain(waiting, lines)
    joined, raw, end = text, line.content, line.end
    while len(taken) < _LINES_OF_A_ROW and (following := next(source, None)) is not None:
        taken.append(following)
        if following.too_long:
            break
        joined += end + following.content.decode(file.encoding, "backslashreplace")
        raw += end.encode(file.encoding) + following.content
        end = following.end
        cells = file.cutter.cut(joined)
        if isinstance(cells, list):
            return joined, raw, cells, waiting[len(taken) :]
        if cells is not None:
            break
    return text, line.content, None, [*taken, *waiting[len(taken) :]]


def _row(
    file: _File, number: int, text: str, raw: bytes, cells: list[str], undecodable: Reason | None
) -> Row | Reject:
    names, extra = file.arrangement.names, file.arrangement.extra
    tail: list[str] = []
    if len(cells) != len(names):
        if len(names) < len(cells) <= len(names) + extra:
            cells, tail = cells[: len(names)], cells[len(names) :]
            raw = b""
        else:
            reason = wrong_count(len(cells), len(names))
            rest = masked(_escaped(" ".join(cells[len(names) :])), broadly=True)
            return Reject(number, WHOLE_ROW, rest, reason, _safe(file, cells, shifted=True))
    row = Row(number, dict(zip(names, cells, strict=True)), raw)
    for name in file.discards:
        if row.cells.pop(name):
            row.discarded += 1
    if row.discarded or not raw:
        row.raw = _rebuilt(file, row)
    if tail and (unmended_row := _unmended(file, row, cells, tail)):
        return unmended_row
    if undecodable:
        return Reject(number, _holding(row, "\\x"), "", undecodable, _safe(file, cells))
    if _FORBIDDEN.search(text):
        return _refused_character(file, row, cells)
    if may_hold_my_number(text):
        return _without_my_number(file, row, cells)
    return row


def _unmended(file: _File, row: Row, cells: list[str], tail: Sequence[str]) -> Reject | None:
    """A row of a rejects file that still holds what was written there to show the fault."""
    if len(tail) > 1 and tail[1].strip() == WHOLE_ROW:
        value = masked(_escaped(tail[2]), broadly=True) if len(tail) > 2 else ""
        return Reject(row.number, WHOLE_ROW, value, _UNMENDED_ROW, _safe(file, cells, shifted=True))
    for name, cell in row.cells.items():
        if found := _SHOWN.search(cell):
            return Reject(row.number, name, found[0], _UNMENDED_CELL, _safe(file, cells))
    return None


def _rebuilt(file: _File, row: Row) -> bytes:
    line = file.cutter.join([row.cells.get(name, "") for name in file.arrangement.names])
    return line.encode(file.encoding, "backslashreplace") if isinstance(line, str) else b""


def _holding(row: Row, piece: str) -> str:
    return next((name for name, cell in row.cells.items() if piece in cell), "")


def _refused_character(file: _File, row: Row, cells: list[str]) -> Row | Reject:
    for name, cell in row.cells.items():
        if found := _FORBIDDEN.search(cell):
            shown = masked(_escaped(cell))
            return Reject(row.number, name, shown, _forbidden(found[0]), _safe(file, cells))
    return row


def _escaped(cell: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", cell)


def _without_my_number(file: _File, row: Row, cells: list[str]) -> Row | Reject:
    for name, cell in row.cells.items():
        if name not in file.free and holds_my_number(cell):
            return Reject(row.number, name, masked(cell), _MY_NUMBER, _safe(file, cells))
    return row


def _safe(file: _File, cells: Sequence[str], *, shifted: bool = False) -> dict[str, str]:
    """Cells that may be shown: discarded columns blank, 個人番号 masked, control characters escaped.

    `shifted`: a delimiter is missing or too many, so that a discarded value may stand in any cell.
    """
    broadly = shifted and bool(file.discards)
    return {
        name: "" if name in file.discards else masked(_escaped(cell), broadly=broadly)
        for name, cell in zip(file.arrangement.names, cells, strict=False)
    }


def _uncut(file: _File, number: int, text: str, reason: Reason) -> Reject:
    return Reject(number, WHOLE_ROW, masked(_escaped(text), broadly=bool(file.discards))[:30000], reason)
