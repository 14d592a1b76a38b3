"""The machine, the versions and the disk that a measurement holds for."""

import os
import platform
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from boshi.server.store.binary import find_mongod

_PACKAGES = ("boshi-fhir", "pymongo", "starlette", "uvicorn", "uvloop", "httptools", "msgspec")
_SYNCS = 200


def describe(folder: Path) -> list[str]:
    """Lines that say where the numbers come from; `folder` is on the disk that MongoDB writes to."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return [
        f"{_processor()}, {os.cpu_count()} CPUs, {_memory():.1f} GB, {platform.platform()}",
        f"Python {platform.python_version()}, {packages}, {_mongod_version()}",
        f"fsync of 4 KB: {fsync_milliseconds(folder):.2f} ms (median of {_SYNCS})",
    ]


def fsync_milliseconds(folder: Path) -> float:
    """Median time to make 4 KB durable at the end of a file."""
    file = folder / "fsync"
    taken = []
    with file.open("wb") as out:
        for _ in range(_SYNCS):
            out.write(b"\0" * 4096)
            out.flush()
            began = time.perf_counter()
            os.fsync(out.fileno())
            taken.append(time.perf_counter() - began)
    file.unlink()
    return statistics.median(taken) * 1000


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _mongod_version() -> str:
    said = subprocess.run([find_mongod(None), "--version"], capture_output=True, text=True, check=True).stdout
    return "mongod " + said.splitlines()[0].rpartition(" v")[2]
