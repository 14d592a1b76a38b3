"""Writing versions inside a transaction: look once, decide every write, then write all in a few round trips."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from bson.raw_bson import RawBSONDocument
from pymongo import ReplaceOne

from boshi.server.admission import REFERENCE, Admitted
from boshi.server.changes import ChangeRefused, Stored, Written
from boshi.server.refusal import Refused
from boshi.server.store import refusals
from boshi.server.store.rows import (
    DELETED,
    DIGEST,
    KEY,
    METHOD,
    STATE,
    STRINGS,
    TIE_BREAKER,
    UPDATED,
    VERSION,
    Authorship,
    current_row,
    instant,
    journal_row,
    later,
    now,
    stored_of,
    tombstone,
)
from boshi.server.store.town import Row
from boshi.server.store.transactions import Transaction

_EXAMPLES: Final = 3
State: TypeAlias = Mapping[str, Row]
Document: TypeAlias = Row | RawBSONDocument


@dataclass(frozen=True, slots=True)
class Write:
    """One version to be written. `admitted` None is a delete. `fresh`: the server just made up the id.

    `if_match` 0 says that the resource must not exist.
    """

    key: str
    admitted: Admitted | None
    method: str
    author: Authorship
    if_match: int | None = None
    fresh: bool = False

    @property
    def weight(self) -> int:
        """About the bytes that the write leaves uncommitted: the body twice and its index entries."""
        return 3 * self.admitted.size if self.admitted else 500


@dataclass(slots=True)
class _Rows:
    inserted: list[Document] = field(default_factory=list)
    replaced: list[tuple[str, Document]] = field(default_factory=list)
    journal: list[Row] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    with_references: bool = False


async def write_each(transaction: Transaction, writes: Sequence[Write]) -> list[Written | Refused | None]:
    """Each write by itself: a refused one does not hold up the others. No two may have one key; no deletes.

    None is a delete of what never was.
    """
    state = await _look(transaction, writes)
    rows, moment = _Rows(), now()
    outcomes: list[Written | Refused | None] = []
    for write in writes:
        try:
            outcomes.append(_decide(write, state, frozenset(), moment, rows))
        except Refused as refusal:
            outcomes.append(refusal)
    await _store(transaction, rows)
    return outcomes


async def write_all(transaction: Transaction, writes: Sequence[Write]) -> list[Written | None]:
    """All writes or none: they may refer to each other. Raises ChangeRefused with the place of the first refused."""
    state = await _look(transaction, writes)
    together = frozenset(write.key for write in writes if write.admitted)
    _check_once(writes)
    leaving = {write.key: {DELETED: True} for write in writes if not write.admitted}
    rows, moment = _Rows(), now()
    outcomes: list[Written | None] = []
    for index, write in enumerate(writes):
        try:
            outcomes.append(_decide(write, state, together, moment, rows, leaving))
        except Refused as refusal:
            raise ChangeRefused(index, refusal) from None
    await _store(transaction, rows)
    await _check_unreferenced(transaction, writes, rows)
    return outcomes


async def _look(transaction: Transaction, writes: Sequence[Write]) -> State:
    keys = {write.key for write in writes if not write.fresh}
    for write in writes:
        if write.admitted:
            keys |= write.admitted.references
    if not keys:
        return {}
    found = transaction.town.resource.find(
        {KEY: {"$in": sorted(keys)}}, STATE, session=transaction.session, batch_size=len(keys) + 1
    )
    return {row[KEY]: row async for row in found}


def _decide(
    write: Write,
    state: State,
    together: frozenset[str],
    moment: datetime,
    rows: _Rows,
    leaving: Mapping[str, Row] | None = None,
) -> Written | None:
    before = state.get(write.key)
    _check_version(write, before)
    if write.admitted is None:
        return _delete(write, before, moment, rows)
    _check_references(write.admitted, state, together, leaving or {})
    return _put(write, write.admitted, before, moment, rows)


def _check_version(write: Write, before: Row | None) -> None:
    if write.if_match is None:
        return
    found = None if before is None or before.get(DELETED) else before[VERSION]
    if found != (write.if_match or None):
        raise refusals.version_mismatch(write.key, write.if_match, found)


def _check_references(
    admitted: Admitted, state: State, together: frozenset[str], leaving: Mapping[str, Row]
) -> None:
    missing = [
        key
        for key in admitted.references
        if key != admitted.key
        and key not in together
        and (key in leaving or state.get(key, {DELETED: True}).get(DELETED))
    ]
    if missing:
        raise refusals.missing_references(admitted.key, admitted.resource, frozenset(missing))


def _delete(write: Write, before: Row | None, moment: datetime, rows: _Rows) -> Written | None:
    if before is None:
        return None
    if before.get(DELETED):
        return Written(stored_of(before), created=False, changed=False)
    version, updated = before[VERSION] + 1, later(moment, before[UPDATED])
    kind, id = write.key.split("/")
    stored = Stored(kind, id, version, updated, b"", True, write.method)
    rows.replaced.append((write.key, tombstone(write.key, version, updated, before[TIE_BREAKER])))
    rows.journal.append(journal_row(stored, "deleted", write.author))
    rows.deleted.append(write.key)
    return Written(stored, created=False, changed=True)


def _put(write: Write, admitted: Admitted, before: Row | None, moment: datetime, rows: _Rows) -> Written:
    created = before is None or bool(before.get(DELETED))
    if before is not None and not created and before[DIGEST] == admitted.digest:
        return _unchanged(admitted, before)
    version = 1 if before is None else before[VERSION] + 1
    updated = later(moment, before[UPDATED] if before else None)
    tie = before[TIE_BREAKER] if before else random.getrandbits(63)
    body = admitted.body(version, instant(updated))
    row = current_row(admitted, version, updated, tie, body, write.method)
    stored = Stored(admitted.type, admitted.id, version, updated, body, False, write.method)
    if before:
        rows.replaced.append((write.key, row))
    else:
        rows.inserted.append(row)
    rows.journal.append(journal_row(stored, "created" if created else "updated", write.author))
    rows.with_references |= bool(admitted.references)
    return Written(stored, created, changed=True)


def _unchanged(admitted: Admitted, before: Row) -> Written:
    version, updated = before[VERSION], before[UPDATED]
    body = admitted.body(version, instant(updated))
    stored = Stored(admitted.type, admitted.id, version, updated, body, False, before[METHOD])
    return Written(stored, created=False, changed=False)


async def _store(transaction: Transaction, rows: _Rows) -> None:
    town, session = transaction.town, transaction.session
    if rows.with_references:
        await transaction.rely_on_references()
    if rows.inserted:
        await town.resource.insert_many(rows.inserted, ordered=True, session=session)
    if rows.replaced:
        replacing = [ReplaceOne({KEY: key}, row) for key, row in rows.replaced]
        await town.resource.bulk_write(replacing, ordered=True, session=session)
    if rows.journal:
        await town.journal.insert_many(rows.journal, ordered=True, session=session)


async def _check_unreferenced(transaction: Transaction, writes: Sequence[Write], rows: _Rows) -> None:
    if not rows.deleted:
        return
    await transaction.exclude_references()
    marks = [REFERENCE + key for key in rows.deleted]
    found = transaction.town.resource.find(
        {STRINGS: {"$in": marks}}, {KEY: 1, STRINGS: 1}, session=transaction.session, limit=_EXAMPLES
    )
    holders = [row async for row in found]
    if holders:
        _refuse_referenced(writes, rows.deleted, holders)


def _refuse_referenced(writes: Sequence[Write], deleted: Iterable[str], holders: Sequence[Row]) -> None:
    key = next(key for key in deleted if REFERENCE + key in holders[0][STRINGS])
    by = [row[KEY] for row in holders if REFERENCE + key in row[STRINGS]]
    index = next(index for index, write in enumerate(writes) if write.key == key)
    raise ChangeRefused(index, refusals.still_referenced(key, by))


def _check_once(writes: Sequence[Write]) -> None:
    seen: set[str] = set()
    for index, write in enumerate(writes):
        if write.key in seen:
            raise ChangeRefused(index, refusals.written_twice(write.key))
        seen.add(write.key)
