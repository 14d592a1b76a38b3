"""Running a transaction: lanes, retries with a bound, and the answer when MongoDB is away."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias, TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern

from boshi.server.store import refusals
from boshi.server.store.locks import EVERY_LANE, LANES, lane_key
from boshi.server.store.town import DURABLE, Town

Session: TypeAlias = AsyncClientSession
Outcome = TypeVar("Outcome")

_CONCURRENT: Final = 6
_PATIENCE: Final = 15.0
_LONGEST_PAUSE: Final = 0.25


class Transactions:
    """The transactions of one process on one town: six at once, or one that excludes the others."""

    def __init__(self, town: Town) -> None:
        self.town = town
        first = random.randrange(LANES)
        self._lanes: asyncio.LifoQueue[str] = asyncio.LifoQueue()
        for number in range(_CONCURRENT):
            self._lanes.put_nowait(lane_key(first + number))
        self._alone = asyncio.Lock()

    async def run(
        self, body: Callable[["Transaction"], Awaitable[Outcome]], *, alone: bool = False
    ) -> Outcome:
        """The outcome of `body` once its transaction is durable on a majority.

        `body` is run again after a conflict with another writer, so it must not keep state; `alone` lets no other
        transaction of this process run beside it. Refused 503 when 15 s were not enough; whatever else
        `body` raises aborts the transaction and passes through.
        """
        async with self._all_lanes() if alone else self._one_lane() as lane:
            return await self._retried(body, lane, alone)

    async def _retried(
        self, body: Callable[["Transaction"], Awaitable[Outcome]], lane: str, alone: bool
    ) -> Outcome:
        deadline = time.monotonic() + _PATIENCE
        pause = 0.002
        while True:
            try:
                return await self._once(body, lane, alone, deadline)
            except PyMongoError as problem:
                if not problem.has_error_label("TransientTransactionError"):
                    raise
                if isinstance(problem, ServerSelectionTimeoutError) or time.monotonic() > deadline:
                    raise refusals.unavailable() from problem
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _once(
        self, body: Callable[["Transaction"], Awaitable[Outcome]], lane: str, alone: bool, deadline: float
    ) -> Outcome:
        async with self.town.client.start_session(causal_consistency=False) as session:
            await session.start_transaction(ReadConcern("snapshot"), DURABLE)
            # Leaving the session aborts a transaction that was not committed.
            outcome = await body(Transaction(self.town, session, lane, alone))
            await _commit(session, deadline)
            return outcome

    @asynccontextmanager
    async def _one_lane(self) -> AsyncIterator[str]:
        lane = await self._lanes.get()
        try:
            yield lane
        finally:
            self._lanes.put_nowait(lane)

    @asynccontextmanager
    async def _all_lanes(self) -> AsyncIterator[str]:
        async with self._alone:
            taken: list[str] = []
            try:
                while len(taken) < _CONCURRENT:
                    taken.append(await self._lanes.get())
                yield taken[0]
            finally:
                for lane in taken:
                    self._lanes.put_nowait(lane)


class Transaction:
    """One running transaction on a town, with the lane it writes in."""

    def __init__(self, town: Town, session: Session, lane: str, alone: bool) -> None:
        self.town = town
        self.session = session
        self._lane = lane
        self._alone = alone

    async def rely_on_references(self) -> None:
        """Meet a delete of what is referred to: one of the two then runs again."""
        await self.town.lock.update_one({"_id": self._lane}, {"$inc": {"n": 1}}, session=self.session)

    async def exclude_references(self) -> None:
        """Meet every writer that relies on a reference, of any process."""
        await self.town.lock.update_many(EVERY_LANE, {"$inc": {"n": 1}}, session=self.session)

    async def touch(self, stripes: frozenset[str]) -> None:
        """Meet every other conditional write that touches one of these stripes."""
        if stripes:
            await self.town.lock.update_many(
                {"_id": {"$in": sorted(stripes)}}, {"$inc": {"n": 1}}, session=self.session
            )


async def _commit(session: Session, deadline: float) -> None:
    while True:
        try:
            await session.commit_transaction()
            return
        except PyMongoError as problem:
            if not problem.has_error_label("UnknownTransactionCommitResult"):
                raise
            if isinstance(problem, ServerSelectionTimeoutError) or time.monotonic() > deadline:
                raise refusals.unavailable() from problem
        await asyncio.sleep(0.05)
