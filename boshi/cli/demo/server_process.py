"""`boshi serve` as the demo's own process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from boshi.fhir.outcome import error
from boshi.server.refusal import Refused
from boshi.server.transfer.towns import TOWNS_FILE

_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that answers at `base`."""

    process: subprocess.Popen[str]
    base: str

    def wait(self) -> None:
        """Until it ends."""
        self.process.wait()


@contextmanager
def running_server(data: Path, port: int, towns: dict[str, str]) -> Iterator[ServerProcess]:
    """Starts the server of `towns` (団体コード: name) on `data` and yields once it is ready; stops it at the end.

    Raises Refused with the server's own words when it does not start.
    """
    base = f"http://127.0.0.1:{port}"
    _write_directory(data, base, towns)
    log = data / "server.log"
    command = [sys.executable, "-m", "boshi", "serve", "--no-auth", "--port", str(port), "--data", str(data)]
    for code in towns:
        command += ["--municipality", code]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, text=True) as process:
        try:
            _await_ready(process, base, log)
            yield ServerProcess(process, base)
        finally:
            process.terminate()


def _write_directory(data: Path, base: str, towns: dict[str, str]) -> None:
    listed = [
        {"code": code, "name": name, "base_url": f"{base}/{code}/transfer", "phone": ""}
        for code, name in towns.items()
    ]
    (data / TOWNS_FILE).write_text(
        json.dumps({"towns": listed}, ensure_ascii=False, indent=2), encoding="utf-8"
    )


def _await_ready(process: subprocess.Popen[str], base: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Refused(503, [error("exception", *_last_words(log))])
        if _is_ready(base):
            return
        time.sleep(0.05)
    raise Refused(
        503, [error("timeout", f"The server did not become ready; see {log}.", f"起動しません: {log}")]
    )


def _is_ready(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _last_words(log: Path) -> tuple[str, str]:
    said = log.read_text(encoding="utf-8").strip()
    return f"The server did not start: {said}", f"サーバーが起動しません: {said}"
