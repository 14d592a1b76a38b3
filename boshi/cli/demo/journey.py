"""The steps of the demo, each timed: sample, import, move, transfer, export, summary."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from boshi.cli.language import say
from boshi.cli.progress import row_progress
from boshi.cli.summary import write_summary
from boshi.cli.town import open_town
from boshi.cli.transfer.asking import ask_for, carry_on
from boshi.cli.transfer.directory import directory_in
from boshi.mappings.sample import Movers, make_movers, make_sample
from boshi.server.jobs.exporting import export_files
from boshi.server.jobs.importing import import_files
from boshi.server.jobs.reports import ExportReport, ImportReport
from boshi.server.transfer import Newcomer, Outgoing, certain_and_proved, pending, work_desk

TOWN_A = "401005"
TOWN_B = "332119"
_SEED = 7


@dataclass(slots=True)
class Journey:
    """What happened, for the account."""

    towns: ClassVar[dict[str, str]] = {TOWN_A: "北九州市", TOWN_B: "備前市"}
    base: str
    imported: list[tuple[str, ImportReport]] = field(default_factory=list)
    newcomers: list[Newcomer] = field(default_factory=list)
    transfers: list[Outgoing] = field(default_factory=list)
    exported: ExportReport | None = None
    pages: list[Path] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times one step."""
        start = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - start


async def travel(data: Path, families: int, base: str) -> Journey:
    """Runs every step against the server that runs on `data`."""
    journey = Journey(base)
    files = data / "files"
    with journey.step(say("sample files", "サンプルファイル作成")):
        sample = make_sample(families, _SEED, files / TOWN_A, TOWN_A)
        movers = make_movers(families, _SEED, files, TOWN_A, TOWN_B)
    with journey.step(say("import at A", "A の取込")):
        await _import(journey, data, TOWN_A, [written.path for written in sample.files])
    with journey.step(say("the move, in both towns' residents files", "転出・転入(両自治体の住民ファイル)")):
        await _import(journey, data, TOWN_A, [movers.departures])
        await _import(journey, data, TOWN_B, [movers.arrivals])
    with journey.step(say("transfer A → B", "引き継ぎ A → B")):
        await _transfer(journey, data)
    with journey.step(say("export at B", "B の書出し")):
        async with open_town(TOWN_B, data) as repository:
            journey.exported = await export_files(repository, files / f"{TOWN_B}-export")
    with journey.step(say("summaries at B", "B のまとめ")):
        await _summaries(journey, data, movers)
    return journey


async def _import(journey: Journey, data: Path, code: str, paths: list[Path]) -> None:
    async with open_town(code, data) as repository:
        with row_progress() as progress:
            journey.imported.append((code, await import_files(repository, paths, progress=progress)))


async def _transfer(journey: Journey, data: Path) -> None:
    """B asks per person, A's rule approves the certain ones, B fetches, stores and confirms."""
    async with open_town(TOWN_B, data) as asking:
        journey.newcomers = await pending(asking)
        people = [one.patient for one in journey.newcomers if not one.protected]
        await ask_for(asking, people, "こども家庭センター", "備前 花子", "転入に伴う保健指導のため")
        await carry_on(asking, None, data)
        async with open_town(TOWN_A, data) as asked:
            await work_desk(asked, directory_in(None, data), rule=certain_and_proved)
        journey.transfers = [one.outgoing for one in await carry_on(asking, None, data)]


async def _summaries(journey: Journey, data: Path, movers: Movers) -> None:
    async with open_town(TOWN_B, data) as repository:
        for mover in (movers.mother, movers.child):
            names = directory_in(None, data).name
            journey.pages += await write_summary(repository, mover.new_number, data / "summaries", names)
