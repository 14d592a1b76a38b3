"""Storing a chunk of prepared rows: what stands already is found and kept, the rest goes in with its Provenance."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from boshi.fhir.codec import decode
from boshi.fhir.outcome import Resource
from boshi.fhir.references import references, rewrite
from boshi.mappings import Layout, Reject, Row, soften
from boshi.mappings.compiling import compiled
from boshi.profiles import systems
from boshi.server.admission import Admitted, admit
from boshi.server.changes import ChangeRefused, Written
from boshi.server.jobs import provenance
from boshi.server.jobs.chunk import Chunk, contradiction, person_missing, statuses
from boshi.server.jobs.keeping import settled
from boshi.server.jobs.preparing import PreparedRow, not_admitted
from boshi.server.refusal import Refused
from boshi.server.repository import Repository

_BUSY: Final = 503
_HALVINGS: Final = 2
_PATIENCE: Final = 75.0
_PAUSE: Final = 1.0
_AT_ONCE: Final = 4.0
"""Seconds within which the database says that its cache is full; who meets another transaction waits longer."""


@dataclass(slots=True)
class StoredChunk:
    """What became of a chunk's rows. `deferred` rows wait for a row further down in the file."""

    rows: Counter[str]
    resources: dict[tuple[str, str], int]
    rejects: list[Reject]
    rejected_rows: int
    deferred: list[Row] = field(default_factory=list)

    def followed_by(self, other: "StoredChunk") -> "StoredChunk":
        """What became of the rows of both."""
        resources = Counter(self.resources)
        resources.update(other.resources)
        return StoredChunk(
            self.rows + other.rows,
            dict(resources),
            [*self.rejects, *other.rejects],
            self.rejected_rows + other.rejected_rows,
            [*self.deferred, *other.deferred],
        )


class Storing:
    """Stores the chunks of one file, in the file's order."""

    def __init__(
        self,
        repository: Repository,
        source: provenance.Source,
        layout: Layout,
        headers: Sequence[str],
        received: bool,
    ) -> None:
        """`received`: records of other towns stand here, so ours may stand under another id."""
        self._repository = repository
        self._source = source
        self._plan = compiled(layout, repository.town_code)
        self._headers = headers
        self._received = received

    async def store(
        self, prepared: Sequence[PreparedRow], *, last: bool, halvings: int = _HALVINGS
    ) -> StoredChunk:
        """Every row that can be stored, in one transaction. `last`: nothing further down in the file helps.

        A transaction that finds the database's cache full is made anew in two halves. One that meets another
        waits: what a killed import left open holds its records for a minute (MongoDB's limit).
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            began = time.monotonic()
            try:
                return await self._store(prepared, last)
            except Refused as refusal:
                if refusal.status != _BUSY or time.monotonic() > deadline:
                    raise
            if time.monotonic() - began < _AT_ONCE and halvings and len(prepared) > 1:
                return await self._in_halves(prepared, last, halvings - 1)
            await asyncio.sleep(_PAUSE)

    async def _in_halves(self, prepared: Sequence[PreparedRow], last: bool, halvings: int) -> StoredChunk:
        middle = len(prepared) // 2
        first = await self.store(prepared[:middle], last=last, halvings=halvings)
        return first.followed_by(await self.store(prepared[middle:], last=last, halvings=halvings))

    async def _store(self, prepared: Sequence[PreparedRow], last: bool) -> StoredChunk:
        chunk = Chunk.of(prepared)
        standing = await self._standing(chunk)
        if self._received:
            standing |= await self._under_their_stored_ids(chunk, standing)
        deferred = self._settle_references(chunk, standing, last)
        await self._keep_what_others_know(chunk, standing)
        written = await self._take_in(chunk)
        outcomes = Counter((outcome.stored.type, _word(outcome)) for outcome, _ in written.values())
        return StoredChunk(
            statuses(chunk.rows, written), dict(outcomes), chunk.rejects, chunk.rejected_rows, deferred
        )

    async def _standing(self, chunk: Chunk) -> dict[str, bytes]:
        return await self._repository.digests([*chunk.keys(), *chunk.references()])

    async def _under_their_stored_ids(self, chunk: Chunk, standing: dict[str, bytes]) -> dict[str, bytes]:
        """A record that came back or was exported by this town keeps the id it has in the store."""
        wanted = self._wanted(chunk, standing)
        stored = await self._repository.keys_by_identifier(wanted)
        renamed = {key: other for key, other in stored.items() if key != other}
        if not renamed:
            return {}
        replacements = {
            admitted.key: self._admitted(_renamed(admitted.resource, renamed))
            for row in chunk.rows
            for admitted in row.admitted
            if admitted.key in renamed or not admitted.references.isdisjoint(renamed)
        }
        chunk.replace(replacements)
        return await self._repository.digests(list(renamed.values()))

    def _wanted(self, chunk: Chunk, standing: dict[str, bytes]) -> dict[tuple[str, str, str], str]:
        own = systems.record(self._repository.town_code)
        wanted: dict[tuple[str, str, str], str] = {}
        for row in chunk.rows:
            for admitted in row.admitted:
                if admitted.key not in standing:
                    for identifier in admitted.resource.get("identifier", ()):
                        if identifier.get("system") == own:
                            wanted[(admitted.type, own, identifier["value"])] = admitted.key
                if not admitted.references <= standing.keys():
                    wanted |= _referred(admitted.resource, standing)
        return wanted

    def _settle_references(self, chunk: Chunk, standing: dict[str, bytes], last: bool) -> list[Row]:
        """Rows whose person is missing are rejected; other references that lead nowhere wait, or lose their link."""
        deferred: list[Row] = []
        known = standing.keys() | chunk.keys()
        for row in list(chunk.rows):
            missing = {key for admitted in row.admitted for key in admitted.references} - known
            if not missing:
                continue
            softened = [admitted.resource for admitted in row.admitted]
            hard = soften(softened, known.__contains__)
            if hard:
                chunk.reject(row, [person_missing(row.row, hard, self._plan)])
            elif not last:
                chunk.take_out(row)
                deferred.append(row.row)
            else:
                row.admitted = [self._admitted(resource) for resource in softened]
        return deferred

    async def _keep_what_others_know(self, chunk: Chunk, standing: dict[str, bytes]) -> None:
        """A stored resource keeps what other towns wrote; a row against an earlier one of this file is rejected."""
        differing = {
            key: row
            for key, (admitted, row) in chunk.owners().items()
            if key in standing and standing[key] != admitted.digest
        }
        if not differing:
            return
        await self._merge(chunk, differing)
        still = {
            key: row
            for key, (admitted, row) in chunk.owners().items()
            if key in differing and standing[key] != admitted.digest
        }
        for key, number in (await self._rows_of_this_file(list(still))).items():
            row = still[key]
            if number != row.row.number and row in chunk.rows:
                chunk.reject(row, [contradiction(row.row, number)])

    async def _merge(self, chunk: Chunk, differing: dict[str, PreparedRow]) -> None:
        bodies = await self._repository.read_many(list(differing))
        replacements: dict[str, Admitted] = {}
        for key, (admitted, _) in chunk.owners().items():
            if key in differing and key in bodies:
                before = decode(bodies[key].body)
                assert isinstance(before, dict)
                resource = admitted.resource
                kept = settled(resource, before, self._plan)
                if kept is not resource:
                    replacements[key] = self._admitted(kept)
        if replacements:
            chunk.replace(replacements)

    async def _rows_of_this_file(self, keys: list[str]) -> dict[str, int]:
        """Which of these was last written by this very file, and by which row."""
        waiting, found = set(keys), dict[str, int]()
        if not keys:
            return found
        async for stored in self._repository.provenances_of(keys):
            told = decode(stored.body)
            assert isinstance(told, dict)
            for key, row in provenance.rows_of(told, waiting).items():
                waiting.discard(key)
                if provenance.is_from(told, self._source):
                    found[key] = row
            if not waiting:
                break
        return found

    async def _take_in(self, chunk: Chunk) -> dict[str, tuple[Written, PreparedRow]]:
        while True:
            owners = chunk.owners()
            try:
                written = await self._repository.take_in(
                    [resource for resource, _ in owners.values()],
                    lambda outcomes, owners=owners: self._receipt(outcomes, list(owners.values())),  # type: ignore[misc]
                    reason=f"import {self._source.sha256[:16]}",
                )
            except ChangeRefused as refusal:
                if refusal.status >= 500:
                    raise
                admitted, row = list(owners.values())[refusal.index]
                chunk.reject(row, [not_admitted(row.row, admitted.resource, refusal)])
                continue
            return {
                admitted.key: (outcome, row)
                for outcome, (admitted, row) in zip(written, owners.values(), strict=True)
            }

    def _receipt(
        self, written: Sequence[Written], owners: Sequence[tuple[Admitted, PreparedRow]]
    ) -> list[Resource]:
        targets = {
            admitted.key: row.row
            for outcome, (admitted, row) in zip(written, owners, strict=True)
            if outcome.changed
        }
        if not targets:
            return []
        kept = sorted({row.number: row for row in targets.values()}.values(), key=lambda row: row.number)
        binary = provenance.raw_rows(self._repository.town_code, self._source, self._headers, kept)
        numbers = {key: row.number for key, row in targets.items()}
        return [
            binary,
            provenance.provenance(self._source, binary, numbers, self._repository.requester),
        ]

    def _admitted(self, resource: Resource) -> Admitted:
        return admit(resource, self._repository.rules)


def _word(outcome: Written) -> str:
    return "created" if outcome.created else "updated" if outcome.changed else "unchanged"


def _referred(resource: Resource, standing: dict[str, bytes]) -> dict[tuple[str, str, str], str]:
    """The references that lead nowhere and name their target by an identifier as well."""
    return {
        (holder["reference"].split("/")[0], identifier["system"], identifier["value"]): holder["reference"]
        for _, holder in references(resource)
        if holder["reference"] not in standing
        and (identifier := holder.get("identifier"))
        and "system" in identifier
        and "value" in identifier
    }


def _renamed(resource: Resource, renamed: dict[str, str]) -> Resource:
    copy = rewrite(resource, renamed)
    key = renamed.get(f"{resource['resourceType']}/{resource['id']}")
    return {**copy, "id": key.split("/", 1)[1]} if key else copy
