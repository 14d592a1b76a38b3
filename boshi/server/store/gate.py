"""The admission gate of big transactions, by uncommitted bytes: more than the cache bears would tear none, but
make all of them fail (storage.md, big bundles)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from boshi.server.store import refusals

_BYTES_PER_CACHE_GB: Final = 40_000_000
_SMALLEST: Final = 12_000_000
_PATIENCE: Final = 20.0


class Gate:
    """Lets transactions in, first come first served, while their bytes together stay under `limit`.

    One that is larger than the limit goes in alone.
    """

    def __init__(self, limit: int, patience: float = _PATIENCE) -> None:
        self._limit = limit
        self._patience = patience
        self._inside = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def entered(self, size: int) -> AsyncIterator[None]:
        """Inside the gate with `size` bytes. Refused 503 with Retry-After when the wait is too long."""
        size = min(size, self._limit)
        await self._enter(size)
        try:
            yield
        finally:
            self._inside -= size
            self._admit()

    async def _enter(self, size: int) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, admitted))
        self._admit()
        try:
            await asyncio.wait_for(asyncio.shield(admitted), self._patience)
        except BaseException as problem:
            self._leave_queue(size, admitted)
            if isinstance(problem, TimeoutError):
                raise refusals.unavailable(retry_after=5) from problem
            raise

    def _leave_queue(self, size: int, admitted: "asyncio.Future[None]") -> None:
        if admitted.done():
            self._inside -= size
        else:
            self._waiting.remove((size, admitted))
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._inside + self._waiting[0][0] <= self._limit:
            size, admitted = self._waiting.popleft()
            self._inside += size
            admitted.set_result(None)


def limit_for(cache_gb: float) -> int:
    """The bytes of bodies and entries that may be uncommitted at once with this much cache."""
    return max(_SMALLEST, int(cache_gb * _BYTES_PER_CACHE_GB))
