"""Desks: small non-FHIR state of transfers and jobs, per town, in the same transactions as resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from boshi.server.changes import DeskDelete, DeskPut
from boshi.server.store import refusals
from boshi.server.store.documents import DeskDocument
from boshi.server.store.rows import now
from boshi.server.store.town import Collection, Row
from boshi.server.store.transactions import Session, Transaction

_KEY: Final[str] = DeskDocument.key.db_field
_DESK: Final[str] = DeskDocument.desk.db_field
_VERSION: Final[str] = DeskDocument.version.db_field
_UPDATED: Final[str] = DeskDocument.updated.db_field
_VALUE: Final[str] = DeskDocument.value.db_field


@dataclass(frozen=True, slots=True)
class Kept:
    """A value on a desk, with its key, version (1, 2, 3 …) and time."""

    key: str
    value: dict[str, Any]
    version: int
    updated: datetime


async def get(collection: Collection, desk: str, key: str) -> Kept | None:
    """The value under this key of a desk."""
    row = await collection.find_one({_KEY: f"{desk}/{key}"})
    return _kept(row) if row else None


async def find(
    collection: Collection, desk: str, *, prefix: str, after: str, limit: int, equal: Mapping[str, Any]
) -> list[Kept]:
    """The values of a desk in the order of their keys, whose key begins with `prefix` and comes after `after`, and
    whose fields are `equal`.
    """
    low = f"{desk}/{prefix}"
    bounds = {"$gte": low, "$lt": low[:-1] + chr(ord(low[-1]) + 1)}
    if after:
        bounds["$gt"] = f"{desk}/{after}"
    wanted = {_KEY: bounds, **{f"{_VALUE}.{name}": value for name, value in equal.items()}}
    return [_kept(row) async for row in collection.find(wanted).sort(_KEY, 1).limit(limit)]


async def apply(transaction: Transaction, changes: Sequence[DeskPut | DeskDelete]) -> None:
    """The changes, in a transaction. Refused 409 when a value is not at the version that was expected."""
    for change in changes:
        before = await _before(transaction.town.desk, transaction.session, change)
        if isinstance(change, DeskDelete):
            await transaction.town.desk.delete_one({_KEY: _key(change)}, session=transaction.session)
        else:
            await transaction.town.desk.replace_one(
                {_KEY: _key(change)}, _row(change, before), upsert=True, session=transaction.session
            )


async def _before(collection: Collection, session: Session, change: DeskPut | DeskDelete) -> int:
    row = await collection.find_one({_KEY: _key(change)}, {_VERSION: 1}, session=session)
    version: int = row[_VERSION] if row else 0
    if change.if_version not in (None, version):
        raise refusals.desk_conflict(change.desk, change.key)
    return version


def _row(change: DeskPut, before: int) -> Row:
    return {
        _KEY: _key(change),
        _DESK: change.desk,
        _VERSION: before + 1,
        _UPDATED: now(),
        _VALUE: dict(change.value),
    }


def _key(change: DeskPut | DeskDelete) -> str:
    return f"{change.desk}/{change.key}"


def _kept(row: Row) -> Kept:
    return Kept(row[_KEY].split("/", 1)[1], row[_VALUE], row[_VERSION], row[_UPDATED])
