"""Import: rows/s, resources/s and peak memory of a town's files, made by the sample generator.

python -m tests.bench.importing FOLDER TOWN FILES…     (the measured process; prints JSON)
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from boshi.server.deployment import open_deployment
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from tests.bench.requests import TOWN, verdict

ROWS_PER_SECOND = 600
MEGABYTES = 400
_FAMILIES_TRIED = 50
_PAUSE = 0.1


def measure(folder: Path, rows: int) -> list[str]:
    """Lines: what was imported, how fast, and the most memory the importing process held."""
    files = make_files(folder / "files", rows)
    command = [sys.executable, "-m", "tests.bench.importing", str(folder / "import"), TOWN, *map(str, files)]
    said, watch = _watched(command)
    megabytes = watch.peak / 2**20
    told = json.loads(said.splitlines()[-1])
    rate = told["rows"] / told["seconds"]
    return [
        f"{told['rows']:,} rows, {told['resources']:,} resources in {told['seconds']:.1f} s: "
        f"{rate:,.0f} rows/s, {told['resources'] / told['seconds']:,.0f} resources/s; "
        f"{told['rejected']:,} rows rejected; peak memory {megabytes:,.0f} MB",
        "CPU a row: "
        + ", ".join(
            f"{role} {watch.seconds(role) / told['rows'] * 1000:.2f} ms"
            for role in ("import", "workers", "mongod")
        )
        + f"; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs",
        f"goals {ROWS_PER_SECOND} rows/s: {verdict(rate >= ROWS_PER_SECOND)}, "
        f"{MEGABYTES} MB: {verdict(megabytes <= MEGABYTES)}.",
    ]


@dataclass(slots=True)
class _Watch:
    """What a process and its descendants were seen to use: most memory at once (mongod's aside), CPU by role."""

    peak: int = 0
    cpu: dict[int, tuple[str, float]] = field(default_factory=dict)

    def look(self, process: psutil.Process) -> None:
        """One look at all of them."""
        held = 0
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                role = "mongod" if each.name() == "mongod" else "import" if each == process else "workers"
                times = each.cpu_times()
                self.cpu[each.pid] = role, times.user + times.system
                held += 0 if role == "mongod" else each.memory_full_info().pss
        self.peak = max(self.peak, held)

    def seconds(self, role: str) -> float:
        """CPU seconds of one role."""
        return sum(seconds for each, seconds in self.cpu.values() if each == role)


def _watched(command: list[str]) -> tuple[str, _Watch]:
    """What the command prints, and what it used."""
    watch = _Watch()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                watch.look(process)
            time.sleep(_PAUSE)
        assert running.stdout is not None
        said = running.stdout.read()
    if running.returncode:
        raise RuntimeError(f"the import ended with {running.returncode}")
    return said, watch


def make_files(folder: Path, rows: int) -> list[Path]:
    """Files of about `rows` rows in all, in the order they are imported: residents first."""
    from boshi.mappings.sample import make_sample

    tried = _rows(make_sample(_FAMILIES_TRIED, 1, folder / "tried"))
    families = max(1, round(rows / tried * _FAMILIES_TRIED))
    report = make_sample(families, 1, folder / "made")
    return [written.path for written in report.files]


def _rows(report: object) -> int:
    return sum(written.rows for written in report.files)  # type: ignore[attr-defined]


async def _import(folder: Path, code: str, files: list[Path]) -> dict[str, float]:
    from boshi.server.jobs.importing import import_files

    settings = Settings(data=folder, municipalities=(code,), no_auth=True)
    async with open_deployment(settings) as deployment:
        repository = deployment.repository(code, LOCAL_ADMINISTRATOR)
        began = time.perf_counter()
        report = await import_files(repository, files)
        seconds = time.perf_counter() - began
        (served,) = deployment.towns
        stored = await served.resource.estimated_document_count()
    return {
        "rows": report.rows,
        "rejected": report.rejected,
        "resources": stored,
        "seconds": seconds,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_import(Path(sys.argv[1]), sys.argv[2], [Path(f) for f in sys.argv[3:]]))))
