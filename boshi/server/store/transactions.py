"""Running a transaction: lanes, retries with a bound, and the answer when MongoDB is away."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias, TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import ConfigurationError, ConnectionFailure, PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern

from boshi.server.store import refusals
from boshi.server.store.locks import EVERY_LANE, LANES, lane_key
from boshi.server.store.town import DURABLE, Town

log = logging.getLogger(__name__)

Session: TypeAlias = AsyncClientSession
Outcome = TypeVar("Outcome")

_CONCURRENT: Final = 6
_PATIENCE: Final = 15.0
_PATIENCE_WITHOUT_SERVER: Final = 4.0
_LONGEST_PAUSE: Final = 0.25


class _Lane:
    """A lock document, and a session that runs one transaction after the other.

    MongoDB keeps a transaction open for up to a minute when its connection was cut, and others run into it. The next
    transaction of the same session ends it.
    """

    def __init__(self, town: Town, key: str) -> None:
        self.key = key
        self._town = town
        self._session: Session | None = None
        self.cut = False

    async def session(self) -> Session:
        """The session, rid of what a cut connection left."""
        if self._session is None:
            self._session = self._town.client.start_session(causal_consistency=False)
        if self.cut:
            await self._end_what_was_left(self._session)
            self.cut = False
        return self._session

    async def close(self) -> None:
        """End the session, and what it left open."""
        if self._session is None:
            return
        try:
            await self.session()
        except PyMongoError as problem:
            log.warning("MongoDB ends a transaction by itself within a minute: %s", problem)
        await self._session.end_session()

    async def _end_what_was_left(self, session: Session) -> None:
        if session.in_transaction:
            await session.abort_transaction()
        await session.start_transaction()
        await self._town.lock.find_one({"_id": self.key}, session=session)
        await session.abort_transaction()


class Transactions:
    """The transactions of one process on one town: six at once, or one that excludes the others."""

    def __init__(self, town: Town) -> None:
        self.town = town
        first = random.randrange(LANES)
        self._all = [_Lane(town, lane_key(first + number)) for number in range(_CONCURRENT)]
        self._free: asyncio.Queue[_Lane] = asyncio.Queue()
        for lane in self._all:
            self._free.put_nowait(lane)
        self._alone = asyncio.Lock()

    async def run(
        self, body: Callable[["Transaction"], Awaitable[Outcome]], *, alone: bool = False
    ) -> Outcome:
        """The outcome of `body` once its transaction is durable on a majority.

        `body` is run again after a conflict with another writer, so it must not keep state; `alone` lets no other
        transaction of this process run beside it. Refused 503 after 15 s of conflicts or 4 s without a server.
        Whatever else `body` raises aborts the transaction and passes through.
        """
        async with self._all_lanes() if alone else self._one_lane() as lane:
            return await self._retried(body, lane)

    async def close(self) -> None:
        """End the sessions. No transaction runs any more."""
        for lane in self._all:
            await lane.close()

    async def _retried(self, body: Callable[["Transaction"], Awaitable[Outcome]], lane: _Lane) -> Outcome:
        began = time.monotonic()
        pause = 0.002
        while True:
            try:
                return await self._once(body, lane, began)
            except PyMongoError as problem:
                lane.cut = lane.cut or isinstance(problem, ConnectionFailure)
                if not _passes(problem):
                    raise
                if _out_of_patience(problem, began):
                    raise refusals.unavailable() from problem
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _once(
        self, body: Callable[["Transaction"], Awaitable[Outcome]], lane: _Lane, began: float
    ) -> Outcome:
        session = await lane.session()
        async with await session.start_transaction(ReadConcern("snapshot"), DURABLE):
            # Whatever is raised inside aborts.
            outcome = await body(Transaction(self.town, session, lane.key))
            await _commit(session, began)
        return outcome

    @asynccontextmanager
    async def _one_lane(self) -> AsyncIterator[_Lane]:
        lane = await self._free.get()
        try:
            yield lane
        finally:
            self._free.put_nowait(lane)

    @asynccontextmanager
    async def _all_lanes(self) -> AsyncIterator[_Lane]:
        async with self._alone:
            taken: list[_Lane] = []
            try:
                while len(taken) < _CONCURRENT:
                    taken.append(await self._free.get())
                for lane in taken:
                    if lane.cut:
                        await lane.session()
                yield taken[0]
            finally:
                for lane in taken:
                    self._free.put_nowait(lane)


class Transaction:
    """One running transaction on a town, with the lane it writes in."""

    def __init__(self, town: Town, session: Session, lane: str) -> None:
        self.town = town
        self.session = session
        self._lane = lane

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


async def _commit(session: Session, began: float) -> None:
    while True:
        try:
            await session.commit_transaction()
            return
        except PyMongoError as problem:
            unknown = problem.has_error_label("UnknownTransactionCommitResult")
            if not unknown or _out_of_patience(problem, began):
                raise
        await asyncio.sleep(0.05)


def _passes(problem: PyMongoError) -> bool:
    """Whether it may go better next time. A member that just started tells no sessions yet."""
    return problem.has_error_label("TransientTransactionError") or isinstance(problem, ConfigurationError)


def _out_of_patience(problem: PyMongoError, began: float) -> bool:
    waited = time.monotonic() - began
    without_server = isinstance(problem, ConnectionFailure | ConfigurationError)
    if isinstance(problem, ServerSelectionTimeoutError):
        return True
    return waited > (_PATIENCE_WITHOUT_SERVER if without_server else _PATIENCE)
