"""Start-up: from the command to /readyz answering 200, embedded MongoDB included."""

import statistics
from pathlib import Path

from tests.bench.processes import serving
from tests.bench.requests import TOWN, verdict

GOAL = 3.0
_AGAIN = 5


def measure(folder: Path) -> list[str]:
    """Lines: the first start on an empty data directory, and the median of later ones."""
    settings = {"municipalities": f'["{TOWN}"]', "no_auth": "1", "data": str(folder / "startup")}
    first, *later = (_start(folder, settings) for _ in range(1 + _AGAIN))
    again = statistics.median(later)
    return [
        f"start-up with an empty data directory: {first:.2f} s; again: {again:.2f} s (median of {_AGAIN})",
        f"goal {GOAL:.0f} s: {verdict(max(first, again) <= GOAL)}.",
    ]


def _start(folder: Path, settings: dict[str, str]) -> float:
    with serving("tests.bench.boshi_server", [], folder / "servers.log", "/readyz", **settings) as server:
        return server.started
