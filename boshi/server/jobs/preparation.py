"""Chunks of a file prepared ahead of the store, in other processes when the files are worth starting them."""

import asyncio
import multiprocessing
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final, Self, TypeAlias

from boshi.mappings import Reject, Row, read_rows
from boshi.server.admission import Rules
from boshi.server.jobs.preparing import PreparedRow, Task, prepare
from boshi.server.jobs.sources import SourceFile

Prepared: TypeAlias = tuple[list[PreparedRow], list[Reject], int]
"""Rows, lines that are no rows, and how many bytes of the file are behind them."""
WORTH_PROCESSES: Final = 400_000
"""Bytes of files below which starting processes takes longer than it saves."""


class Preparation:
    """Prepares rows for one town: in this process, or in a pool when there is much to do."""

    def __init__(self, town: str, rules: Rules, size: int) -> None:
        self._town = town
        self._rules = rules
        self._pool: ProcessPoolExecutor | None = None
        self.ahead = 1
        if size > WORTH_PROCESSES:
            workers = max(1, min((os.cpu_count() or 1) - 1, 4))
            self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("forkserver"))
            self.ahead = workers + 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    async def prepare(self, source: SourceFile, rows: Sequence[Row]) -> list[PreparedRow]:
        """The rows, mapped and admitted."""
        task = Task(source.choice, self._town, self._rules, rows)
        if self._pool is None:
            return prepare(task)
        return await asyncio.get_running_loop().run_in_executor(self._pool, prepare, task)


@asynccontextmanager
async def prepared_chunks(
    preparation: Preparation, source: SourceFile, size: int
) -> AsyncIterator[AsyncIterator[Prepared]]:
    """The file's chunks in file order, the next ones prepared while one is stored."""
    waiting: deque[asyncio.Task[Prepared]] = deque()
    try:
        yield _in_order(preparation, source, size, waiting)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _in_order(
    preparation: Preparation, source: SourceFile, size: int, waiting: "deque[asyncio.Task[Prepared]]"
) -> AsyncIterator[Prepared]:
    async def one(rows: list[Row], rejects: list[Reject], done: int) -> Prepared:
        return await preparation.prepare(source, rows), rejects, done

    for rows, rejects, done in _read(source, size):
        waiting.append(asyncio.create_task(one(rows, rejects, done)))
        if len(waiting) > preparation.ahead:
            yield await waiting.popleft()
    while waiting:
        yield await waiting.popleft()


def _read(source: SourceFile, size: int) -> Iterator[tuple[list[Row], list[Reject], int]]:
    with source.path.open("rb") as stream:
        rows: list[Row] = []
        rejects: list[Reject] = []
        for read in read_rows(stream, source.layout):
            (rows if isinstance(read, Row) else rejects).append(read)  # type: ignore[arg-type]
            if len(rows) + len(rejects) >= size:
                yield rows, rejects, stream.tell()
                rows, rejects = [], []
        if rows or rejects:
            yield rows, rejects, stream.tell()
