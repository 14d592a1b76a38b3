"""Import: rows/s, resources/s and peak memory of a town's files, made by the sample generator.

python -m tests.bench.importing FOLDER TOWN FILES…     (the measured process; prints JSON)
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from boshi.server.deployment import open_deployment
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from tests.bench.requests import TOWN, verdict

ROWS_PER_SECOND = 600
MEGABYTES = 400
_FAMILIES_TRIED = 50


def measure(folder: Path, rows: int) -> list[str]:
    """Lines: what was imported, how fast, and the most memory the importing process held."""
    files = make_files(folder / "files", rows)
    command = [sys.executable, "-m", "tests.bench.importing", str(folder / "import"), TOWN, *map(str, files)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    told = json.loads(said.splitlines()[-1])
    rate = told["rows"] / told["seconds"]
    return [
        f"{told['rows']:,} rows, {told['resources']:,} resources in {told['seconds']:.1f} s: "
        f"{rate:,.0f} rows/s, {told['resources'] / told['seconds']:,.0f} resources/s; "
        f"{told['rejected']:,} rows rejected; peak memory {told['megabytes']:,.0f} MB",
        f"goals {ROWS_PER_SECOND} rows/s: {verdict(rate >= ROWS_PER_SECOND)}, "
        f"{MEGABYTES} MB: {verdict(told['megabytes'] <= MEGABYTES)}.",
    ]


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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows": report.rows,
        "rejected": report.rejected,
        "resources": stored,
        "seconds": seconds,
        "megabytes": peak,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_import(Path(sys.argv[1]), sys.argv[2], [Path(f) for f in sys.argv[3:]]))))
