"""A file before it is taken: which layout it has, how large it is, and the hash that tells it from others."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from boshi.fhir.outcome import Issue, error
from boshi.mappings import FileRefused as Unreadable
from boshi.mappings import Layout, LayoutError, layouts, load_layout, read_rows
from boshi.server.jobs.refused_files import FileRefused
from boshi.server.jobs.rejecting import REJECTS

ORDER: Final = (
    "residents",
    "pregnancy-notification",
    "prenatal-checkup",
    "birth",
    "infant-checkup-3-4m",
    "immunization",
)
"""Files are taken in this order, so that what a row refers to is there; other layouts follow, by name."""
_BLOCK: Final = 1 << 20
_HEADER: Final = (1 << 20) + (1 << 16)
"""Bytes that hold every header there may be: a file without line ends is refused without reading all of it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that can be read with its layout. `choice` is the layout's name or path."""

    path: Path
    choice: str | Path
    layout: Layout
    size: int
    sha256: str


def sources(files: Sequence[Path], choice: str | Path | Mapping[Path, str | Path] | None) -> list[SourceFile]:
    """The files in the order in which they are taken. Raises FileRefused before anything of any is taken."""
    for file in files:
        _refuse_beside_its_rejects(file, files)
    found = [_source(Path(file), choice) for file in files]
    return sorted(found, key=lambda source: (_rank(source.layout.name), source.path.name))


def _refuse_beside_its_rejects(file: Path, files: Sequence[Path]) -> None:
    """The refused rows of a file replace what stands in its rejects file: rows that somebody mended there."""
    rejects = file.with_name(file.name + REJECTS)
    if rejects in files:
        raise FileRefused(rejects, error(
            "conflict",
            f"It holds refused rows of {file.name}, whose import writes it anew: mended rows would be lost. "
            "Import it by itself, or the other files without it.",
            f"{file.name} の受け付けない行のファイルです。{file.name} を取り込むと書き直され、直した行が失われます。"
            "このファイルだけを取り込むか、これを除いて取り込んでください。",
        ))  # fmt: skip


def _rank(name: str) -> tuple[int, str]:
    return (ORDER.index(name), "") if name in ORDER else (len(ORDER), name)


def _source(path: Path, choice: str | Path | Mapping[Path, str | Path] | None) -> SourceFile:
    named = choice.get(path) if isinstance(choice, Mapping) else choice
    try:
        size = path.stat().st_size
        chosen, layout = _named(path, named) if named else _recognised(path)
        return SourceFile(path, chosen, layout, size, _sha256(path))
    except OSError as problem:
        raise FileRefused(path, error(
            "not-found",
            f"The file cannot be opened: {problem.strerror}. Check its name and permissions.",
            f"ファイルを開けません: {problem.strerror}。名前と権限を確かめてください。",
        )) from problem  # fmt: skip


def _named(path: Path, choice: str | Path) -> tuple[str | Path, Layout]:
    try:
        layout = load_layout(choice)
    except LayoutError as problem:
        raise FileRefused(path, error(
            "invalid",
            f"The layout {choice} cannot be used: {'; '.join(problem.problems)}",
            f"レイアウト {choice} は使えません: {'; '.join(problem.problems)}",
        )) from problem  # fmt: skip
    if refusal := _misfit(path, layout):
        raise FileRefused(path, *refusal)
    return choice, layout


def _recognised(path: Path) -> tuple[str, Layout]:
    """The shipped layout whose columns are those of the file's header; its name goes first."""
    by_name = sorted(layouts().items(), key=lambda entry: not path.name.startswith(entry[0]))
    refusals = [(layout, _misfit(path, layout)) for _, layout in by_name if layout.file.header]
    for layout, refusal in refusals:
        if not refusal:
            return layout.name, layout
    raise FileRefused(path, *_no_layout(path, [refusal for _, refusal in refusals]))


def _misfit(path: Path, layout: Layout) -> tuple[Issue, ...]:
    with path.open("rb") as stream:
        try:
            read_rows(io.BytesIO(stream.read(_HEADER)), layout)
        except Unreadable as refusal:
            return refusal.issues
    return ()


def _no_layout(path: Path, refusals: Sequence[tuple[Issue, ...]]) -> tuple[Issue, ...]:
    """What all layouts say alike concerns the file itself; else the one that its name begins with speaks."""
    first = refusals[0]
    if all(refusal == first for refusal in refusals) or any(path.name.startswith(name) for name in layouts()):
        return first
    names = ", ".join(layouts())
    return (error(
        "structure",
        f"The header fits no layout. Known layouts: {names}. Name one with --layout, or adapt one to the file.",
        f"見出しに合うレイアウトがありません。レイアウト: {names}。--layout で指定してください。",
    ),)  # fmt: skip


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
