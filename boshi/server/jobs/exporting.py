"""A town's records out, as the files that its core system reads, under the town's own 宛名番号."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from boshi.fhir.outcome import Resource
from boshi.mappings import load_layout
from boshi.profiles.systems import atena
from boshi.server.jobs.exported_file import ExportedFile
from boshi.server.jobs.gathering import Gathering, resource_of
from boshi.server.jobs.reports import ExportReport
from boshi.server.jobs.sources import ORDER
from boshi.server.repository import Repository

PEOPLE: Final = 40
"""Persons whose records are in memory at a time."""


async def export_files(
    repository: Repository,
    out_dir: Path,
    layouts: Sequence[str | Path] | None = None,
    encodings: Mapping[str, str] | None = None,
) -> ExportReport:
    """Writes one file `<layout>-<団体コード>.csv` for each layout (all that ship, if None) into `out_dir`.

    Rows stand in the order of 宛名番号. Records received from other towns are written too, under the number
    that the person bears here. What a file cannot hold is in the report and in `<file>.left-out.csv`; records that no
    layout holds are counted by type.
    `encodings` overrides a layout's encoding by the layout's name. Memory does not grow with the records.
    """
    began = time.monotonic()
    chosen = [load_layout(name) for name in (layouts or ORDER)]
    gathering = Gathering(repository, chosen)
    report = ExportReport()
    with ExitStack() as closing:
        files = [
            closing.enter_context(
                ExportedFile(out_dir, layout, repository.town_code, (encodings or {}).get(layout.name))
            )
            for layout in chosen
        ]
        async for people in _in_batches(_everybody(repository), PEOPLE):
            gathered = await gathering.of(people)
            for file in files:
                file.add(gathered)
        for file in files:
            path, left_out = file.finish()
            report.files.append((path, file.layout.name, file.rows))
            report.left_out += file.left_out
            report.left_out_files += [left_out] if left_out else []
    report.unheld = gathering.unheld
    report.seconds = time.monotonic() - began
    return report


async def _everybody(repository: Repository) -> AsyncIterator[Resource]:
    """Everybody with a number of this town in its order, then those without."""
    async for stored in repository.people_in_order():
        yield resource_of(stored)
    own = atena(repository.town_code)
    async for stored in repository.scan("Patient"):
        patient = resource_of(stored)
        if all(identifier.get("system") != own for identifier in patient.get("identifier", ())):
            yield patient


async def _in_batches(resources: AsyncIterator[Resource], size: int) -> AsyncIterator[list[Resource]]:
    batch: list[Resource] = []
    async for resource in resources:
        batch.append(resource)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
