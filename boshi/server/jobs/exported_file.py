"""One file of an export: written under another name, complete only once the export is."""

import io
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from boshi.fhir.outcome import Resource
from boshi.mappings import Layout, Reject, to_rows, write_rows
from boshi.server.jobs.rejecting import RejectsFile
from boshi.server.jobs.reports import LeftOut

LEFT_OUT: Final = ".left-out.csv"
"""What follows a file's name in the name of the file of what it cannot hold. An import of the file leaves it alone."""


class ExportedFile:
    """The file `<layout>-<団体コード>.csv` of a layout. A context manager."""

    def __init__(self, folder: Path, layout: Layout, town: str, encoding: str | None) -> None:
        self.layout = layout
        self.rows = 0
        self.left_out: list[LeftOut] = []
        self._path = folder / f"{layout.name}-{town}.csv"
        self._part = self._path.with_name(self._path.name + ".part")
        self._town = town
        self._encoding = encoding
        self._rejects = RejectsFile(self._path, layout, folder, ending=LEFT_OUT)
        head = io.BytesIO()
        write_rows(head, layout, (), encoding=encoding)
        self._head = head.getvalue()

    def __enter__(self) -> Self:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._part.open("wb")
        self._stream.write(self._head)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._rejects.close()
        self._part.unlink(missing_ok=True)

    def add(self, records: Sequence[Resource]) -> None:
        """Writes the rows of these records; they hold whole rows, and the Patients that they name."""
        text = io.BytesIO()
        written = write_rows(
            text, self.layout, to_rows(self.layout, records, self._town), encoding=self._encoding
        )
        self._stream.write(text.getvalue()[len(self._head) :])
        self.rows += written.rows
        self.left_out += [self._left_out(reject) for reject in written.rejects]
        self._rejects.add(written.rejects)

    def finish(self) -> tuple[Path, Path | None]:
        """The complete file, and the one of what it cannot hold."""
        self._stream.close()
        left_out = self._rejects.finish()
        return self._part.replace(self._path), left_out

    def _left_out(self, reject: Reject) -> LeftOut:
        return LeftOut(
            self.layout.name, reject.record, reject.column, reject.value, reject.reason.en, reject.reason.ja
        )
