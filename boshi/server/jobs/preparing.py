"""Rows to admitted resources: the part of an import that needs no database, so it can run in another process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from boshi.fhir.outcome import Resource
from boshi.mappings import Layout, Reject, Row, Warned, load_layout, map_row
from boshi.mappings.rejects import Reason
from boshi.server.admission import Admitted, Rules, admit
from boshi.server.refusal import Refused


@dataclass(slots=True)
class PreparedRow:
    """One row as far as it goes without the database: what it makes, or why it makes nothing."""

    row: Row
    admitted: list[Admitted] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk of rows, and what is needed to prepare them in a process that shares nothing."""

    layout: str | Path
    town: str
    rules: Rules
    rows: Sequence[Row]


def prepare(task: Task) -> list[PreparedRow]:
    """Every row of the chunk, mapped and admitted."""
    layout = loaded(task.layout)
    return [prepare_row(layout, task.town, task.rules, row) for row in task.rows]


def prepare_row(layout: Layout, town: str, rules: Rules, row: Row) -> PreparedRow:
    """One row, mapped and admitted: all of its resources or rejects."""
    mapped = map_row(layout, row, town)
    prepared = PreparedRow(row, warned=list(mapped.warned), rejects=list(mapped.rejects))
    for resource in mapped.resources:
        try:
            prepared.admitted.append(admit(resource, rules))
        except Refused as refusal:
            prepared.rejects.append(not_admitted(row, resource, refusal))
    if prepared.rejects:
        prepared.admitted.clear()
    return prepared


def not_admitted(row: Row, resource: Resource, refusal: Refused) -> Reject:
    """The reject of a row whose resource the town's gate refused."""
    issue = refusal.issues[0]
    reason = Reason(
        "not-admitted",
        f"{resource.get('resourceType')}: {issue.text}",
        f"{resource.get('resourceType')}: {issue.text_ja}",
        f"correct the value behind {issue.expression or 'the row'}",
        f"{issue.expression or 'この行'} の元になった値を直す",
    )
    return Reject(row.number, "", "", reason, row.cells)


@cache
def loaded(layout: str | Path) -> Layout:
    """The layout, loaded once in each process."""
    return load_layout(layout)
