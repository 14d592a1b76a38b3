"""Rows put aside on disk until the rest of their file was taken: memory does not grow with their number."""

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Self

from boshi.mappings import Row


class Spool:
    """A file without a name that holds rows; it is gone when the context ends."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rows: Sequence[Row]) -> None:
        """Puts rows aside."""
        if not rows:
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="boshi-rows-")  # noqa: SIM115 - closed by __exit__
        for row in rows:
            pickle.dump(row, self._file, pickle.HIGHEST_PROTOCOL)
            self._count += 1

    def chunks(self, size: int) -> Iterator[list[Row]]:
        """The rows in the order in which they were put aside, some at a time."""
        if self._file is None:
            return
        self._file.seek(0)
        left = self._count
        while left:
            yield [pickle.load(self._file) for _ in range(min(size, left))]
            left -= min(size, left)
