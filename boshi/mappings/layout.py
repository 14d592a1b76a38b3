"""A layout as a value: what each column of a municipal file is and where it stands in FHIR."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Template = Mapping[str, Any]


class LayoutError(Exception):
    """A layout file that cannot be used: `problems` says where and why, one line each."""

    def __init__(self, name: str, problems: Iterable[str]) -> None:
        self.name, self.problems = name, tuple(problems)
        super().__init__("\n".join(f"layout {name}: {problem}" for problem in self.problems))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column. `name` is its key in the layout and in rows, `header` its title in the file."""

    name: str
    type: str
    header: str
    required: bool = False
    patient: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    observe: tuple[str, str] | None = None

    @property
    def discard(self) -> bool:
        """Whether the column is dropped unread."""
        return self.type == "discard"


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How the file is written."""

    format: str = "delimited"
    delimiter: str = "comma"
    quote: str = "double"
    header: bool = True
    encoding: str = "cp932"
    newline: str = "crlf"

    @property
    def separator(self) -> str:
        """The delimiter's character."""
        return "\t" if self.delimiter == "tab" else ","

    @property
    def quotation(self) -> str:
        """The quote's character; empty for none."""
        return {"none": "", "single": "'", "double": '"'}[self.quote]

    @property
    def line_end(self) -> str:
        """The characters that end a line."""
        return "\r\n" if self.newline == "crlf" else "\n"


@dataclass(frozen=True, slots=True, eq=False)
class Tall:
    """A layout whose rows hold one value each: the four value columns, and the items by code."""

    item: str
    number: str
    text: str
    unknown: str
    items: Mapping[str, Column]

    @property
    def controls(self) -> tuple[str, str, str, str]:
        """The columns that carry the item and its value."""
        return self.item, self.number, self.text, self.unknown


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A layout as loaded. `columns` stand in file order; `key` holds alternatives per part."""

    name: str
    title: str
    title_en: str
    status: str
    source: str
    group: str | None
    record_class: str
    key: tuple[tuple[str, ...], ...]
    file: FileFormat
    columns: Mapping[str, Column]
    tall: Tall | None
    rules: tuple[Template, ...]
    resources: Mapping[str, Template]
    observations: Mapping[str, Template]

    @property
    def value_columns(self) -> Mapping[str, Column]:
        """The columns whose values go into resources; those of a tall layout include its items."""
        if self.tall is None:
            return {name: column for name, column in self.columns.items() if not column.discard}
        wide = {
            name: column
            for name, column in self.columns.items()
            if not column.discard and name not in self.tall.controls
        }
        return {**wide, **{column.name: column for column in self.tall.items.values()}}
