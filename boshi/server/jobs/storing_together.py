"""A few transactions at a time: one commits while the next is made; what touches the same records goes one by one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias

from boshi.server.jobs.preparing import PreparedRow
from boshi.server.jobs.storing import StoredChunk

Store: TypeAlias = Callable[[Sequence[PreparedRow]], Awaitable[StoredChunk]]
AT_ONCE: Final = 3


@dataclass(slots=True)
class _Running:
    task: "asyncio.Task[StoredChunk]"
    keys: set[str]


class StoringTogether:
    """Stores parts of a file beside each other. An asynchronous context manager: leaving it waits for what runs.

    A part that makes or names a record of a part before it waits for that one, so the outcome is as if all had
    been stored one after the other.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: deque[_Running] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(running.task for running in self._running), return_exceptions=True)

    async def add(self, part: Sequence[PreparedRow]) -> list[StoredChunk]:
        """Begins to store a part; returns what was finished meanwhile, in the order of the file."""
        made = {resource.key for row in part for resource in row.admitted}
        touched = made.union(*(resource.references for row in part for resource in row.admitted))
        finished: list[StoredChunk] = []
        while self._running and (
            len(self._running) >= AT_ONCE
            or any(not running.keys.isdisjoint(touched) for running in self._running)
        ):
            finished.append(await self._first())
        self._running.append(_Running(asyncio.ensure_future(self._store(part)), made))
        return finished

    async def rest(self) -> list[StoredChunk]:
        """What still runs, finished, in the order of the file."""
        return [await self._first() for _ in range(len(self._running))]

    async def _first(self) -> StoredChunk:
        running = self._running[0]
        stored = await running.task
        self._running.popleft()
        return stored
