"""What an import or an export did, counted so that nothing goes missing."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from boshi.mappings.rejects import Reason


@dataclass(slots=True)
class FileReport:
    """One file. rows = created + updated + unchanged + rejected.

    A row is `created` when any of its resources is new, `updated` when any changed, else `unchanged`.
    `resources` counts what was written, by type: created, updated, unchanged.
    """

    path: Path
    layout: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0
    discarded: Counter[str] = field(default_factory=Counter)
    """Filled cells dropped unread, by column."""
    reasons: Counter[tuple[str, Reason]] = field(default_factory=Counter)
    """Rejected rows by the column and reason that each names first."""
    warnings: Counter[str] = field(default_factory=Counter)
    resources: dict[str, Counter[str]] = field(default_factory=dict)
    rejects_file: Path | None = None

    @property
    def mapped(self) -> int:
        """Rows that became resources."""
        return self.created + self.updated + self.unchanged

    def count(self, resource_type: str, outcome: str, number: int = 1) -> None:
        """More resources of a type that were created, updated or unchanged."""
        self.resources.setdefault(resource_type, Counter())[outcome] += number


@dataclass(slots=True)
class ImportReport:
    """All files of one import, in the order they were taken."""

    files: list[FileReport] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(file.rows for file in self.files)

    @property
    def created(self) -> int:
        """Rows that made something new."""
        return sum(file.created for file in self.files)

    @property
    def updated(self) -> int:
        """Rows that changed something."""
        return sum(file.updated for file in self.files)

    @property
    def unchanged(self) -> int:
        """Rows that stood there already."""
        return sum(file.unchanged for file in self.files)

    @property
    def rejected(self) -> int:
        """Rows that became nothing; each stands in a rejects file."""
        return sum(file.rejected for file in self.files)

    @property
    def resources(self) -> dict[str, Counter[str]]:
        """By type: how many were created, updated, unchanged."""
        total: dict[str, Counter[str]] = {}
        for file in self.files:
            for resource_type, counted in file.resources.items():
                total.setdefault(resource_type, Counter()).update(counted)
        return total


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that a file cannot hold: where it stands, the column, and why."""

    layout: str
    record: str
    column: str
    value: str
    reason: str
    reason_ja: str


@dataclass(slots=True)
class ExportReport:
    """The files that were written, their rows, and what could not be written into them."""

    files: list[tuple[Path, str, int]] = field(default_factory=list)
    """Path, layout, rows."""
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_files: list[Path] = field(default_factory=list)
    unheld: Counter[str] = field(default_factory=Counter)
    """Records about a person that no layout holds (a clinic posted them), by type."""
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(rows for _, _, rows in self.files)
