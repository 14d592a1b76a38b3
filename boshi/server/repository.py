"""The repository: the only way from a request to the records of its town. It carries who asks."""

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from pymongo.errors import PyMongoError

from boshi.fhir.outcome import Resource
from boshi.fhir.search.criteria import Search
from boshi.server.admission import Admitted, Rules
from boshi.server.changes import (
    Change,
    ChangeRefused,
    Create,
    Delete,
    DeskDelete,
    DeskPut,
    Stored,
    Update,
    Written,
)
from boshi.server.requester import Requester
from boshi.server.store import desks, refusals, standing
from boshi.server.store import search as searching
from boshi.server.store.desks import Kept
from boshi.server.store.rows import READ, Authorship, journal_key, stored_of
from boshi.server.store.search import Found, SearchPage
from boshi.server.store.town import Town
from boshi.server.store.writer import Receipt, Writer

__all__ = [
    "Change",
    "ChangeRefused",
    "Create",
    "Delete",
    "Desk",
    "DeskDelete",
    "DeskPut",
    "Found",
    "Kept",
    "Repository",
    "SearchPage",
    "Stored",
    "Update",
    "Written",
]

log = logging.getLogger(__name__)
Outcome = TypeVar("Outcome")


class Repository:
    """The records of one town, for one requester. Every method raises Refused: 503 when MongoDB is away."""

    def __init__(self, town: Town, writer: Writer, requester: Requester) -> None:
        self._town = town
        self._writer = writer
        self.requester = requester

    @property
    def town_code(self) -> str:
        """団体コード of the town."""
        return self._town.code

    async def read(self, type: str, id: str) -> Stored | None:
        """The current version; `deleted` where it is gone, None where it never was."""
        row = await answered(self._town.resource.find_one({"_id": f"{type}/{id}"}, READ))
        return stored_of(row) if row else None

    async def read_many(self, keys: Sequence[str]) -> dict[str, Stored]:
        """The current versions of these keys ("Patient/abc"), without those that never were."""
        found = self._town.resource.find({"_id": {"$in": sorted(set(keys))}}, READ)
        return {row["_id"]: stored_of(row) for row in await answered(found.to_list())}

    async def vread(self, type: str, id: str, version: int) -> Stored | None:
        """One version, also of a resource that was deleted since."""
        key = journal_key(f"{type}/{id}", version)
        row = await answered(self._town.journal.find_one({"_id": key}))
        return stored_of(row) if row else None

    async def history(
        self, type: str, id: str, *, count: int = 50, before_version: int | None = None
    ) -> list[Stored]:
        """The versions of one resource, newest first, from below `before_version`."""
        key = f"{type}/{id}"
        below = f"{key}0" if before_version is None else journal_key(key, before_version)
        rows = self._town.journal.find({"_id": {"$gt": f"{key}/", "$lt": below}})
        return [stored_of(row) for row in await answered(rows.sort("_id", -1).limit(count).to_list())]

    async def search(self, wanted: Search) -> SearchPage:
        """One page of a search: matches, then what it includes, the total if asked for, the cursors.

        Refused 400 for a broken cursor or a search too costly, 504 when it takes too long.
        """
        return await answered(searching.search(self._town.resource, wanted))

    async def count(self, wanted: Search) -> int:
        """How many resources match."""
        return await answered(searching.count(self._town.resource, wanted))

    async def create(self, resource: Resource, *, if_none_exist: Search | None = None) -> Written:
        """A new resource, at the id it brings or else a new one.

        With `if_none_exist`: what matches, unchanged; refused 412 where several match. Refused 400, 413, 422.
        """
        change = Create(resource, if_none_exist)
        if if_none_exist is None:
            return await answered(self._writer.put(change, self._author()))
        return await self._only(change)

    async def update(self, resource: Resource, *, if_match: int | None = None) -> Written:
        """The resource becomes the version after the current one, or is created at its id.

        An identical one makes no version. Refused 412 where `if_match` is not the current version.
        """
        return await answered(self._writer.put(Update(resource, if_match), self._author()))

    async def delete(self, type: str, id: str, *, if_match: int | None = None) -> Written | None:
        """The resource leaves a tombstone; None where it never was. Refused 409 while others refer to it, 412."""
        return (await self.transact([Delete(type, id, if_match)]))[0]

    async def transact(self, changes: Sequence[Change], *, reason: str = "") -> list[Written | None]:
        """All changes in one transaction or none, one outcome each.

        None is the outcome of a desk's change and of a delete of what never was. Raises ChangeRefused, whose
        `index` is the change that was refused.
        """
        return await answered(self._writer.transact(changes, self._author(reason)))

    async def put_many(self, resources: Sequence[Resource], *, reason: str = "") -> list[Written]:
        """Upsert resources (each with its id) in one transaction; those that say nothing new stay as they are.

        A few hundred at a time are quickest. Raises ChangeRefused with the index of a resource.
        """
        changes = [Update(resource) for resource in resources]
        outcomes = await self.transact(changes, reason=reason)
        return [outcome for outcome in outcomes if outcome is not None]

    @property
    def rules(self) -> Rules:
        """What the town's gate is told, for who admits resources before `take_in`."""
        return self._writer.rules

    async def take_in(
        self, admitted: Sequence[Admitted], receipt: Receipt, *, reason: str = ""
    ) -> list[Written]:
        """Upsert what passed `admit` with the town's `rules`, and the `receipt` of what that changed.

        All of it in one transaction. Raises ChangeRefused with the index of the resource that stood in the way.
        """
        return await answered(self._writer.take_in(admitted, receipt, self._author(reason)))

    async def digests(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The content digest of each of these keys that stands here."""
        return await answered(standing.digests(self._town, keys))

    async def keys_by_identifier(self, wanted: Mapping[tuple[str, str, str], str]) -> dict[str, str]:
        """Who bears an identifier: `wanted` gives (type, system, value) a label; label -> key."""
        return await answered(standing.keys_by_identifier(self._town, wanted))

    async def holds_records_of_others(self) -> bool:
        """Whether any record here was first made by another town."""
        return await answered(standing.holds_records_of_others(self._town))

    def provenances_of(self, keys: Sequence[str]) -> AsyncIterator[Stored]:
        """The Provenances that have any of these keys as target, newest first."""
        return standing.provenances_of(self._town, keys)

    def people_in_order(self) -> AsyncIterator[Stored]:
        """Every Patient that has a 宛名番号 of this town, by that number, streamed."""
        return standing.people_in_order(self._town)

    async def of_patients(self, ids: Sequence[str]) -> list[Stored]:
        """Everything that is about any of these patients, and the patients themselves."""
        return await answered(standing.of_patients(self._town, ids))

    def scan(self, resource_type: str) -> AsyncIterator[Stored]:
        """Every standing resource of a type in the order of keys, streamed."""
        return standing.scan(self._town, resource_type)

    def desk(self, name: str) -> "Desk":
        """The desk with this name: state of transfers and jobs that must never be in a FHIR resource."""
        return Desk(name, self)

    async def _only(self, change: Create) -> Written:
        written = (await self.transact([change]))[0]
        assert written is not None
        return written

    def _author(self, reason: str = "") -> Authorship:
        return Authorship(self.requester, reason)


class Desk:
    """Values (of JSON types, datetime and bytes) under keys, each with a version. Keys sort as text."""

    def __init__(self, name: str, repository: Repository) -> None:
        self.name = name
        self._repository = repository

    async def get(self, key: str) -> Kept | None:
        """The value under this key, or None."""
        return await answered(desks.get(self._repository._town.desk, self.name, key))

    async def find(self, *, prefix: str = "", after: str = "", limit: int = 1000, **equal: Any) -> list[Kept]:
        """Values in key order: whose key begins with `prefix`, comes after `after`, whose fields are `equal`."""
        collection = self._repository._town.desk
        return await answered(
            desks.find(collection, self.name, prefix=prefix, after=after, limit=limit, equal=equal)
        )

    async def put(self, key: str, value: Mapping[str, Any], *, if_version: int | None = None) -> None:
        """Put a value under a key. Refused 409 when it is not at `if_version` (0: there must be none)."""
        await self._repository.transact([self.putting(key, value, if_version=if_version)])

    async def delete(self, key: str, *, if_version: int | None = None) -> None:
        """Take a value off the desk."""
        await self._repository.transact([self.deleting(key, if_version=if_version)])

    def putting(self, key: str, value: Mapping[str, Any], *, if_version: int | None = None) -> DeskPut:
        """The change that `put` makes, to go into a transaction together with resources."""
        return DeskPut(self.name, key, value, if_version)

    def deleting(self, key: str, *, if_version: int | None = None) -> DeskDelete:
        """The change that `delete` makes, to go into a transaction together with resources."""
        return DeskDelete(self.name, key, if_version)


async def answered(work: Awaitable[Outcome]) -> Outcome:
    """The outcome of database work; a failure of MongoDB becomes the refusal that tells it."""
    try:
        return await work
    except PyMongoError as problem:
        log.warning("MongoDB failed: %s", problem)
        refusal = refusals.of_database(problem)
        if refusal is None:
            raise
        raise refusal from problem
