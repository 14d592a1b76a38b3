"""What a transaction will write: ids given, references led to them, every resource admitted."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from boshi.fhir.outcome import Resource
from boshi.fhir.references import rewrite
from boshi.server.admission import Rules, admit, identifier_values
from boshi.server.changes import Change, ChangeRefused, Create, Delete, DeskDelete, DeskPut, Update
from boshi.server.refusal import Refused
from boshi.server.store.conditions import Condition, originals
from boshi.server.store.rows import Authorship
from boshi.server.store.writing import Write

_BREATH: Final = 16
"""Resources admitted before other requests get their turn."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The writes of a transaction, each with the index of its change, and the changes of desks."""

    writes: Sequence[Write] = ()
    indexes: Sequence[int] = ()
    desk: Sequence[DeskPut | DeskDelete] = ()

    @property
    def weight(self) -> int:
        """About the bytes that it leaves uncommitted."""
        return sum(write.weight for write in self.writes)

    @property
    def deletes(self) -> bool:
        """Whether any resource is deleted."""
        return any(write.admitted is None for write in self.writes)

    def refused_at(self, refusal: ChangeRefused) -> ChangeRefused:
        """The refusal of a write, told by the index of its change."""
        return ChangeRefused(self.indexes[refusal.index], refusal)


async def plan(
    changes: Sequence[Change],
    ids: Sequence[str],
    matched: Mapping[int, str],
    author: Authorship,
    rules: Rules,
) -> Plan:
    """The plan for these changes. `ids` are for those that bring none; `matched` are the keys that conditions found.

    Raises ChangeRefused where a resource is not admitted.
    """
    twins = originals(changes)
    links = _links(changes, ids, matched, twins)
    writes: list[Write] = []
    indexes: list[int] = []
    for index, change in enumerate(changes):
        if isinstance(change, DeskPut | DeskDelete) or index in matched or index in twins:
            continue
        if index % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        writes.append(_planned(index, change, ids[index], links, author, rules))
        indexes.append(index)
    desk = [change for change in changes if isinstance(change, DeskPut | DeskDelete)]
    return Plan(writes, indexes, desk)


def conditions_of(changes: Sequence[Change]) -> list[Condition]:
    """The If-None-Exist conditions among the changes; one that repeats an earlier one is left to that."""
    twins = originals(changes)
    gone = frozenset(f"{change.type}/{change.id}" for change in changes if isinstance(change, Delete))
    return [
        Condition(index, change.if_none_exist, identifier_values(change.resource), gone)
        for index, change in enumerate(changes)
        if isinstance(change, Create) and change.if_none_exist is not None and index not in twins
    ]


def write_of(change: Create | Update, resource: Resource, id: str, author: Authorship, rules: Rules) -> Write:
    """The write of one resource, admitted. `id` is for a create that brings none."""
    if isinstance(change, Update):
        admitted = admit(resource, rules)
        return Write(admitted.key, admitted, "PUT", author, change.if_match)
    fresh = "id" not in resource
    admitted = admit({**resource, "id": id} if fresh else resource, rules)
    return Write(admitted.key, admitted, "POST", author, None if fresh else 0, fresh)


def _planned(
    index: int,
    change: Create | Update | Delete,
    id: str,
    links: Mapping[str, str],
    author: Authorship,
    rules: Rules,
) -> Write:
    if isinstance(change, Delete):
        return Write(f"{change.type}/{change.id}", None, "DELETE", author, change.if_match)
    resource = rewrite(change.resource, links) if links else change.resource
    try:
        return write_of(change, resource, id, author, rules)
    except Refused as refusal:
        raise ChangeRefused(index, refusal) from None


def _links(
    changes: Sequence[Change], ids: Sequence[str], matched: Mapping[int, str], twins: Mapping[int, int]
) -> dict[str, str]:
    """full_url -> "Type/id", as references are rewritten."""
    links: dict[str, str] = {}
    for index, change in enumerate(changes):
        if isinstance(change, Create | Update) and change.full_url:
            first = twins.get(index, index)
            links[change.full_url] = matched.get(first) or _key(changes[first], ids[first])
    return links


def _key(change: Change, id: str) -> str:
    assert isinstance(change, Create | Update)
    return f"{change.resource.get('resourceType')}/{change.resource.get('id', id)}"
