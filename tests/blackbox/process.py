"""A server process of its own: its data directory, its port, its end."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SERVE = (
    "from boshi.server.serving import serve; from boshi.server.settings import Settings; serve(Settings())"
)
_SECONDS_TO_START = 60


@contextmanager
def server(data: Path, *municipalities: str, **settings: object) -> Iterator[str]:
    """The root URL of a server that runs while the block does; `settings` are fields of Settings."""
    with running(data, *municipalities, **settings) as (root, _):
        yield root


@contextmanager
def running(
    data: Path, *municipalities: str, **settings: object
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """As `server`, with the process, for tests that do something to it."""
    told = {
        "municipalities": json.dumps(municipalities),
        "data": data,
        "port": 0,
        "no_auth": True,
        **settings,
    }
    environment = {f"BOSHI_{name.upper()}": str(value) for name, value in told.items()}
    with (data.parent / f"{data.name}.log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield _root(process, log.name), process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _root(process: "subprocess.Popen[str]", log: str) -> str:
    assert process.stdout is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda out: [lines.put(line) for line in out], args=[process.stdout])
    reader.daemon = True
    reader.start()
    while True:
        try:
            line = lines.get(timeout=_SECONDS_TO_START).strip()
        except queue.Empty:
            raise AssertionError(Path(log).read_text(errors="replace")[-4000:]) from None
        if line.startswith("http") and line.endswith("/"):
            return line.rstrip("/")
