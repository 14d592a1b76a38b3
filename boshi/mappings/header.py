"""The header of a file against the columns of its layout."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from boshi.fhir.outcome import Issue, error
from boshi.mappings.layout import Layout
from boshi.mappings.loading import layouts
from boshi.mappings.refusal import FileRefused

REJECT_COLUMNS: Final = ("行番号", "項目", "値", "理由", "対処")
"""Trailing columns of a rejects file; the reader knows and ignores them."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which column each cell of a line is; `width` counts the cells, `extra` those of a rejects file."""

    names: tuple[str, ...]
    extra: int


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()


def arrange(cells: Sequence[str], layout: Layout, line: int) -> Arrangement:
    """The arrangement that a header tells: any order; `discard` columns may be missing. Raises FileRefused."""
    extra = len(REJECT_COLUMNS) if tuple(map(_plain, cells[-5:])) == REJECT_COLUMNS else 0
    found = [_plain(cell) for cell in cells[: len(cells) - extra]]
    by_header = {_plain(column.header): name for name, column in layout.columns.items()}
    needed = [_plain(column.header) for column in layout.columns.values() if not column.discard]
    missing = [name for name in needed if name not in found]
    unexpected = [name for name in found if name not in by_header]
    if missing or unexpected or len(set(found)) < len(found):
        raise FileRefused(_misfit(layout, found, missing, unexpected, line))
    return Arrangement(tuple(by_header[name] for name in found), extra)


def _misfit(layout: Layout, found: list[str], missing: list[str], unexpected: list[str], line: int) -> Issue:
    repeated = sorted({name for name in found if found.count(name) > 1})
    fitting = _fitting(found, layout)
    parts = (
        (missing, "missing columns: ", "ない列: "),
        (unexpected, "unexpected columns: ", "余分な列: "),
        (repeated, "repeated columns: ", "重複する列: "),
        ([fitting] if fitting else [], "the header fits the layout ", "見出しが合うレイアウト: "),
    )
    told = [(f"{en}{_shown(names)}", f"{ja}{_shown(names)}") for names, en, ja in parts if names]
    return error(
        "structure",
        f"Line {line}: the header is not that of layout {layout.name}; "
        + "; ".join(en for en, _ in told)
        + ". Choose the right layout, or adapt it to the file.",
        f"{line}行目の見出しがレイアウト {layout.name}（{layout.title}）と合いません。"
        + "。".join(ja for _, ja in told)
        + "。正しいレイアウトを選ぶか、レイアウトをファイルに合わせてください。",
        f"line {line}",
    )


def _shown(names: Iterable[str]) -> str:
    some = [name[:40] for name in names]
    return ", ".join(some[:10]) + (f" … ({len(some)})" if len(some) > 10 else "")


def _fitting(found: list[str], besides: Layout) -> str:
    scores: list[tuple[float, str]] = []
    for name, layout in layouts().items():
        headers = {_plain(column.header) for column in layout.columns.values() if not column.discard}
        share = len(headers & set(found)) / len(headers | set(found))
        scores.append((share, name))
    share, name = max(scores)
    return name if share >= 0.6 and name != besides.name else ""
