"""make bench: python -m tests.bench [--only PART] [--rows N] [--requests N] [--runs N] [--data DIR]"""

import argparse
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import importing, kernel, requests, startup
from tests.bench.machine import describe

PARTS = ("kernel", "startup", "requests", "import")


def main() -> None:
    """Measure and print, as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part (repeatable)")
    parser.add_argument("--rows", type=int, default=10_000, help="rows to import; the goal is set for 100000")
    parser.add_argument("--requests", type=int, default=2_000, help="requests a run")
    parser.add_argument("--runs", type=int, default=5, help="interleaved runs")
    parser.add_argument("--data", type=Path, help="folder on the disk to measure; default: the temporary one")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="boshi-bench-", dir=options.data))
    try:
        _measure(folder, options)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    parts = options.only or PARTS
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    _print("Machine", describe(folder))
    if "kernel" in parts:
        _print("One write, step by step", kernel.measure())
    if "startup" in parts:
        _print("Start-up", startup.measure(folder))
    if "requests" in parts:
        _print("Requests", requests.measure(folder, options.requests, options.runs, _say))
    if "import" in parts:
        _print("Import", importing.measure(folder, options.rows))


def _print(title: str, lines: list[str]) -> None:
    print(f"\n## {title}\n", *lines, sep="\n", flush=True)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
