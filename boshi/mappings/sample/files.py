"""The files of a made-up core system: one for each layout, in the notation its layout asks for."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml

from boshi.mappings.kana import half_width
from boshi.mappings.sample.families import Rates
from boshi.mappings.sample.flaws import Line, Told, lines
from boshi.mappings.sample.notation import written
from boshi.mappings.sample.people import Family
from boshi.mappings.sample.rows import LAYOUTS, Value

ENCODINGS: Final = {"residents": "utf-8-sig", "immunization": "utf-8"}
"""CP932 cannot hold every name, so the town gives its residents as UTF-8 with a BOM; the rest is CP932."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written, without its header."""

    path: Path
    layout: str
    rows: int

    def __str__(self) -> str:
        return f"{self.path}  {self.rows:,}"


@dataclass(slots=True)
class SampleReport:
    """What was made: files in the order of import, people, and how many rows carry which flaw."""

    files: list[Written] = field(default_factory=list)
    families: int = 0
    flaws: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)


class SampleFiles:
    """The six files, open for writing. A context manager; memory does not grow with the rows."""

    def __init__(self, out: Path, town: str, layouts: tuple[str, ...] = LAYOUTS) -> None:
        self.out = out
        self.town = town
        self.layouts = layouts
        self.told = Told()
        self.counts = dict.fromkeys(layouts, 0)
        self._open: dict[str, TextIOWrapper] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.out.mkdir(parents=True, exist_ok=True)
        for layout in self.layouts:
            encoding = ENCODINGS.get(layout, "cp932")
            file = self._stack.enter_context(self.path(layout).open("w", encoding=encoding, newline=""))
            file.write(_line(dict.fromkeys(columns(layout)), list(columns(layout))))
            self._open[layout] = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def path(self, layout: str) -> Path:
        """Where the file of `layout` stands."""
        return self.out / f"{layout}-{self.town}.csv"

    def add(self, family: Family, seed: int, rates: Rates) -> None:
        """Writes every row of `family` with the flaws of `rates`."""
        for layout, line in lines(family, seed, self.town, rates, self.told):
            self.put(layout, line)

    def put(self, layout: str, line: Line) -> None:
        """Writes one line."""
        texts = [_text(layout, column, line.cells.get(column, "")) for column in columns(layout)]
        self._open[layout].write(_line(columns(layout), texts, cut=line.broken))
        self.counts[layout] += 1

    def report(self, families: int) -> SampleReport:
        """What was written so far."""
        written_files = [Written(self.path(name), name, self.counts[name]) for name in self.layouts]
        return SampleReport(written_files, families, dict(sorted(self.told.counts.items())))


@cache
def columns(layout: str) -> dict[str, dict[str, Any]]:
    """The columns of a layout that ships with the package, with what is said of each."""
    text = files("boshi.mappings").joinpath("layouts", f"{layout}.yaml").read_text(encoding="utf-8")
    declared: dict[str, dict[str, Any]] = yaml.safe_load(text)["columns"]
    return declared


def _text(layout: str, column: str, value: Value) -> str:
    declared = columns(layout)[column]
    text = written(value, declared.get("notation", "yyyyMMdd"))
    return half_width(text) if declared.get("kana") == "half" else text


def _line(names: dict[str, Any], texts: list[str], cut: bool = False) -> str:
    quoted = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in texts]
    if cut:
        quoted = quoted[: max(len(names) // 2, 1)]
    return ",".join(quoted) + "\r\n"
