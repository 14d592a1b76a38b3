"""Server processes: started, waited for, measured, stopped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on loopback; `started` is the seconds until it was ready."""

    port: int
    process: psutil.Process
    started: float

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that this process has used; its children's are not counted."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(module: str, arguments: list[str], log: Path, ready: str, **settings: str) -> Iterator[Server]:
    """`python -m module --port P arguments`, from when GET `ready` answers 200 until the context ends."""
    port = free_port()
    command = [sys.executable, "-m", module, *arguments, "--port", str(port)]
    began = time.perf_counter()
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=_environment(settings))
    try:
        _wait(process, port, ready, log)
        yield Server(port, psutil.Process(process.pid), time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOSHI_")}
    return {**kept, **{f"BOSHI_{name.upper()}": value for name, value in settings.items()}}


def _wait(process: "subprocess.Popen[bytes]", port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port, path):
            return
        time.sleep(0.01)
    raise RuntimeError(f"the server did not get ready; its log ends: {log.read_text()[-2000:]}")


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
