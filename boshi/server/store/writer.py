"""The writer of one town in one process: everything that is written goes through it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from boshi.fhir.outcome import Resource
from boshi.server.admission import Admitted, Rules, admit
from boshi.server.changes import (
    Change,
    ChangeRefused,
    Create,
    Update,
    Written,
)
from boshi.server.store import desks, refusals
from boshi.server.store.committing import GroupCommit
from boshi.server.store.conditions import Condition, LocalLocks, all_stripes, matches, originals
from boshi.server.store.gate import Gate
from boshi.server.store.new_id import new_id
from boshi.server.store.planning import Plan, conditions_of, plan, write_of
from boshi.server.store.rows import READ, Authorship, stored_of
from boshi.server.store.town import Town
from boshi.server.store.transactions import Transaction, Transactions
from boshi.server.store.writing import Write, write_all

Outcome = TypeVar("Outcome")
Receipt: TypeAlias = Callable[[Sequence[Written]], Sequence[Resource]]
"""From what was written to the resources that tell of it; run again when the transaction is."""
_ROUNDS: Final = 20


class _MatchesChanged(Exception):
    def __init__(self, found: dict[int, str]) -> None:
        self.found = found


class Writer:
    """Writes resources and desks of one town. A write that was begun ends, even when its caller is cancelled."""

    def __init__(self, town: Town, rules: Rules, gate: Gate) -> None:
        self.town = town
        self.rules = rules
        self._gate = gate
        self._transactions = Transactions(town)
        self._single = GroupCommit(self._transactions)
        self._locks = LocalLocks()
        self._running: set[asyncio.Task[Any]] = set()

    async def put(self, change: Create | Update, author: Authorship) -> Written:
        """One create or update without a condition, committed together with others that wait."""
        return await self._single.write(write_of(change, change.resource, new_id(), author, self.rules))

    async def transact(self, changes: Sequence[Change], author: Authorship) -> list[Written | None]:
        """All changes or none, one outcome each: None for a desk's, and for a delete of what never was.

        Raises ChangeRefused with the index of the change that stood in the way.
        """
        return await self._to_its_end(self._transact(changes, author))

    async def take_in(
        self, admitted: Sequence[Admitted], receipt: Receipt, author: Authorship
    ) -> list[Written]:
        """Upsert what was admitted elsewhere, and the `receipt` of what that changed.

        All of it in one transaction. Raises ChangeRefused with the index of the resource that stood in the way.
        """
        return await self._to_its_end(self._take_in(admitted, receipt, author))

    async def close(self) -> None:
        """Finish what was begun, take nothing more."""
        await self._single.close()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._transactions.close()

    async def _to_its_end(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _take_in(
        self, admitted: Sequence[Admitted], receipt: Receipt, author: Authorship
    ) -> list[Written]:
        writes = [Write(resource.key, resource, "PUT", author) for resource in admitted]

        async def body(transaction: Transaction) -> list[Written]:
            written = [outcome for outcome in await write_all(transaction, writes) if outcome is not None]
            told = [admit(resource, self.rules) for resource in receipt(written)]
            if told:
                await write_all(transaction, [Write(each.key, each, "PUT", author) for each in told])
            return written

        async with self._gate.entered(sum(write.weight for write in writes)):
            return await self._transactions.run(body)

    async def _transact(self, changes: Sequence[Change], author: Authorship) -> list[Written | None]:
        ids = [new_id() for _ in changes]
        conditions = conditions_of(changes)
        if not conditions:
            planned = await plan(changes, ids, {}, author, self.rules)
            return await self._outcomes(changes, planned, {}, await self._commit(planned, conditions, {}))
        matched = await matches(self.town, conditions)
        if len(matched) == len(changes):
            return await self._outcomes(changes, Plan(), matched, ())
        async with self._locks.held(all_stripes(conditions)):
            return await self._transact_conditions(changes, ids, conditions, author)

    async def _transact_conditions(
        self,
        changes: Sequence[Change],
        ids: Sequence[str],
        conditions: Sequence[Condition],
        author: Authorship,
    ) -> list[Written | None]:
        matched = await matches(self.town, conditions)
        for _ in range(_ROUNDS):
            planned = await plan(changes, ids, matched, author, self.rules)
            try:
                return await self._outcomes(
                    changes, planned, matched, await self._commit(planned, conditions, matched)
                )
            except _MatchesChanged as changed:
                matched = changed.found
        raise refusals.unavailable()

    async def _commit(
        self, planned: Plan, conditions: Sequence[Condition], matched: Mapping[int, str]
    ) -> Sequence[Written | None]:
        async def body(transaction: Transaction) -> Sequence[Written | None]:
            if conditions:
                await transaction.touch(all_stripes(conditions))
                found = await matches(self.town, conditions, transaction.session)
                if found != matched:
                    raise _MatchesChanged(found)
            await desks.apply(transaction, planned.desk)
            return await write_all(transaction, planned.writes)

        async with self._gate.entered(planned.weight):
            try:
                return await self._transactions.run(body, alone=planned.deletes)
            except ChangeRefused as refusal:
                raise planned.refused_at(refusal) from None

    async def _outcomes(
        self,
        changes: Sequence[Change],
        planned: Plan,
        matched: Mapping[int, str],
        written: Sequence[Written | None],
    ) -> list[Written | None]:
        outcomes: dict[int, Written | None] = dict(zip(planned.indexes, written, strict=True))
        if matched:
            found = self.town.resource.find({"_id": {"$in": sorted(set(matched.values()))}}, READ)
            stored = {row["_id"]: stored_of(row) async for row in found}
            for index, key in matched.items():
                outcomes[index] = Written(stored[key], created=False, changed=False)
        for index, original in originals(changes).items():
            first = outcomes[original]
            outcomes[index] = Written(first.stored, created=False, changed=False) if first else None
        return [outcomes.get(index) for index in range(len(changes))]
