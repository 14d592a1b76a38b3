"""The rejects file of an import: the refused rows as they stood, mendable, and why each was refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from boshi.fhir.outcome import error
from boshi.mappings import Layout, Reject, write_rejects
from boshi.server.jobs.refused_files import FileRefused

REJECTS: Final = ".rejects.csv"
"""What follows a file's name in the name of the file of its refused rows."""


class RejectsFile:
    """`<file>.rejects.csv`, made when the first row is refused and complete only once the import is.

    Until then it bears the ending `.part`. An import without refused rows takes away what an earlier one left.
    """

    def __init__(
        self,
        source: Path,
        layout: Layout,
        folder: Path | None,
        encoding: str = "utf-8-sig",
        ending: str = REJECTS,
    ) -> None:
        self.path = (folder or source.parent) / f"{source.name}{ending}"
        self._part = self.path.with_name(self.path.name + ".part")
        self._source = source
        self._layout = layout
        self._encoding = encoding
        self._stream: BinaryIO | None = None

    def add(self, rejects: Sequence[Reject]) -> None:
        """Writes the rows of these rejects."""
        if not rejects:
            return
        first = self._stream is None
        stream = self._stream or self._open()
        write_rejects(stream, self._layout, rejects, encoding=self._encoding, header=first)

    def finish(self) -> Path | None:
        """The complete file, or None when no row was refused."""
        if self._stream is None:
            self.path.unlink(missing_ok=True)
            return None
        self.close()
        return self._part.replace(self.path)

    def close(self) -> None:
        """Stops writing; what was written stays under the ending `.part`."""
        if self._stream is not None:
            self._stream.close()

    def _open(self) -> BinaryIO:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._part.open("wb")
        except OSError as problem:
            raise FileRefused(self._source, error(
                "security",
                f"The refused rows cannot be written to {self.path}: {problem.strerror}. Choose a folder for them.",
                f"受け付けない行を {self.path} に書けません: {problem.strerror}。書き込める場所を指定してください。",
            )) from problem  # fmt: skip
        return self._stream
