"""Files into a town's records. An import that was cut off is run again: what stands already stays as it is."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from boshi.mappings import Reject
from boshi.mappings.rejects import Reason
from boshi.server.jobs.chunk import portions
from boshi.server.jobs.preparation import Preparation, prepared_chunks
from boshi.server.jobs.preparing import PreparedRow
from boshi.server.jobs.provenance import Source
from boshi.server.jobs.rejecting import RejectsFile
from boshi.server.jobs.reports import FileReport, ImportReport
from boshi.server.jobs.sources import SourceFile, sources
from boshi.server.jobs.spool import Spool
from boshi.server.jobs.storing import StoredChunk, Storing
from boshi.server.jobs.storing_together import StoringTogether
from boshi.server.repository import Repository

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a file's name, the bytes done and the bytes in all."""
CHUNK: Final = 250
"""Rows that are prepared together."""
TRANSACTION: Final = 300_000
"""Bytes of resources that are stored in one transaction: MongoDB refuses one that fills its cache."""


async def import_files(
    repository: Repository,
    files: Sequence[Path],
    layout: str | Path | Mapping[Path, str | Path] | None = None,
    progress: Progress | None = None,
    data_dir: Path | None = None,
) -> ImportReport:
    """Takes the rows of `files` into the repository's town; every row becomes resources or a reject.

    Each layout is recognised by its header unless `layout` names it. Refused rows go to `<file>.rejects.csv`
    beside the file, or in `data_dir`. Raises FileRefused, before anything is taken, for a file that cannot be
    read, and Refused 503 when the database is away: run it again, nothing is doubled.
    """
    began = time.monotonic()
    found = await asyncio.to_thread(sources, files, layout)
    received = await repository.holds_records_of_others()
    report = ImportReport()
    with Preparation(
        repository.town_code, repository.rules, sum(source.size for source in found)
    ) as preparation:
        for source in found:
            job = _FileImport(repository, source, preparation, progress, data_dir, received)
            report.files.append(await job.run())
    report.seconds = time.monotonic() - began
    return report


class _FileImport:
    def __init__(
        self,
        repository: Repository,
        source: SourceFile,
        preparation: Preparation,
        progress: Progress | None,
        data_dir: Path | None,
        received: bool,
    ) -> None:
        self._source = source
        self._preparation = preparation
        self._progress = progress
        self._report = FileReport(source.path, source.layout.name)
        self._rejects = RejectsFile(source.path, source.layout, data_dir)
        headers = [name for name, column in source.layout.columns.items() if not column.discard]
        told = Source(source.path.name, source.layout.name, source.sha256)
        self._storing = Storing(repository, told, source.layout, headers, received)
        self._dropped = "・".join(name for name, column in source.layout.columns.items() if column.discard)

    async def run(self) -> FileReport:
        try:
            with Spool() as waiting:
                await self._take_rows(waiting)
                await self._take_waiting(waiting)
            self._report.rejects_file = self._rejects.finish()
        finally:
            self._rejects.close()
        return self._report

    async def _take_rows(self, waiting: Spool) -> None:
        async with (
            prepared_chunks(self._preparation, self._source, CHUNK) as chunks,
            StoringTogether(lambda part: self._storing.store(part, last=False)) as together,
        ):
            async for rows, unread, done in chunks:
                self._note(rows, unread)
                for part in portions(rows, TRANSACTION):
                    self._account(await together.add(part), waiting)
                if self._progress:
                    self._progress(self._source.path.name, done, self._source.size)
            self._account(await together.rest(), waiting)

    async def _take_waiting(self, waiting: Spool) -> None:
        """Rows that named someone further down: by now whoever stands in the file is there."""
        for rows in waiting.chunks(CHUNK):
            prepared = await self._preparation.prepare(self._source, rows)
            for part in portions(prepared, TRANSACTION):
                self._account([await self._storing.store(part, last=True)], waiting)

    def _note(self, rows: Sequence[PreparedRow], unread: Sequence[Reject]) -> None:
        report = self._report
        report.rows += len(rows) + len(unread)
        report.rejected += len(unread)
        self._refuse(unread)
        for prepared in rows:
            report.warned += bool(prepared.warned)
            report.warnings.update(warned.reason.code for warned in prepared.warned)
            if prepared.row.discarded:
                report.discarded[self._dropped] += prepared.row.discarded

    def _account(self, chunks: Sequence[StoredChunk], waiting: Spool) -> None:
        report = self._report
        for stored in chunks:
            waiting.add(stored.deferred)
            report.created += stored.rows["created"]
            report.updated += stored.rows["updated"]
            report.unchanged += stored.rows["unchanged"]
            report.rejected += stored.rejected_rows
            for (resource_type, outcome), number in stored.resources.items():
                report.count(resource_type, outcome, number)
            self._refuse(stored.rejects)

    def _refuse(self, rejects: Sequence[Reject]) -> None:
        in_order = sorted(rejects, key=lambda reject: reject.row)
        self._report.reasons.update(_first_reasons(in_order))
        self._rejects.add(in_order)


def _first_reasons(rejects: Sequence[Reject]) -> Counter[tuple[str, Reason]]:
    first: dict[int, tuple[str, Reason]] = {}
    for reject in rejects:
        first.setdefault(reject.row, (reject.column, reject.reason))
    return Counter(first.values())
