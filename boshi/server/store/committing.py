"""Group commit: single writes that wait together go into one transaction, each with its own outcome."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pymongo.errors import PyMongoError

from boshi.server.changes import Written
from boshi.server.refusal import Refused
from boshi.server.store import refusals
from boshi.server.store.transactions import Transactions
from boshi.server.store.writing import Write, write_each

log = logging.getLogger(__name__)

_COMMITTERS: Final = 2
_TOGETHER: Final = 16
_TOGETHER_BYTES: Final = 16_000_000
_LONGEST_QUEUE: Final = 2_000


@dataclass(slots=True, eq=False)
class _Waiting:
    write: Write
    outcome: "asyncio.Future[Written]"


class GroupCommit:
    """The queue of one town in one process, and its two committers.

    Writes of one key are done one after the other, in the order they came.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._queue: deque[_Waiting] = deque()
        self._busy: set[str] = set()
        self._wake = asyncio.Condition()
        self._closing = False
        self._committers = [asyncio.create_task(self._commit_for_ever()) for _ in range(_COMMITTERS)]

    async def write(self, write: Write) -> Written:
        """The outcome of one create or update once it is durable.

        The write goes on when the caller is cancelled. Refused as the write is, or 503 when too many wait.
        """
        if self._closing or len(self._queue) >= _LONGEST_QUEUE:
            raise refusals.unavailable()
        waiting = _Waiting(write, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        async with self._wake:
            self._wake.notify()
        return await asyncio.shield(waiting.outcome)

    async def close(self) -> None:
        """Do what waits, then stop."""
        self._closing = True
        async with self._wake:
            self._wake.notify_all()
        await asyncio.gather(*self._committers)

    async def _commit_for_ever(self) -> None:
        while True:
            batch = await self._next()
            if not batch:
                return
            try:
                await self._commit(batch)
            finally:
                async with self._wake:
                    self._busy.difference_update(waiting.write.key for waiting in batch)
                    self._wake.notify_all()

    async def _next(self) -> list[_Waiting]:
        async with self._wake:
            while True:
                batch = self._take()
                if batch or (self._closing and not self._queue):
                    return batch
                await self._wake.wait()

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        passed_over: list[_Waiting] = []
        size = 0
        while self._queue and len(batch) < _TOGETHER and size < _TOGETHER_BYTES:
            waiting = self._queue.popleft()
            if waiting.write.key in self._busy:
                passed_over.append(waiting)
                continue
            self._busy.add(waiting.write.key)
            batch.append(waiting)
            size += waiting.write.weight
        self._queue.extendleft(reversed(passed_over))
        return batch

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._transactions.run(
                lambda transaction: write_each(transaction, [waiting.write for waiting in batch])
            )
        except Exception as problem:
            await self._one_by_one(batch, problem)
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            _settle(waiting, outcome)

    async def _one_by_one(self, batch: Sequence[_Waiting], problem: Exception) -> None:
        """Find the write that made the whole batch fail, so that only it does."""
        if len(batch) > 1 and not isinstance(problem, Refused):
            for waiting in batch:
                await self._commit([waiting])
            return
        if isinstance(problem, PyMongoError):
            log.warning("a write failed in the database: %s", problem)
            problem = refusals.of_database(problem) or problem
        for waiting in batch:
            _settle(waiting, problem)


def _settle(waiting: _Waiting, outcome: Written | Exception | None) -> None:
    if waiting.outcome.done():
        return
    if isinstance(outcome, Written):
        waiting.outcome.set_result(outcome)
    elif outcome is not None:
        waiting.outcome.set_exception(outcome)
        waiting.outcome.exception()  # a caller that went away leaves it unread
