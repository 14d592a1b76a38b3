"""The claim on a data directory: one process owns its mongod, others of the same directory attach to it.

The claim is an flock that mongod inherits: while either the owner or its mongod lives, nobody else starts one.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from boshi.server.store.unavailable import StoreUnavailable

_ORPHAN_SECONDS: Final = 30.0
_STARTING_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """What the owner of a data directory writes down once its mongod is ready."""

    uri: str
    mongod_pid: int


class Claim:
    """An exclusive hold on `directory`; `fd` is the lock, for mongod to inherit."""

    def __init__(self, directory: Path, fd: int) -> None:
        self.directory = directory
        self.fd = fd

    def announce(self, running: Running) -> None:
        """Tell other processes of this data directory where the mongod answers."""
        written = _state_file(self.directory).with_suffix(".new")
        written.write_text(json.dumps(asdict(running)), encoding="utf-8")
        written.replace(_state_file(self.directory))

    def withdraw(self) -> None:
        """Take the announcement back: the mongod is about to stop."""
        _state_file(self.directory).unlink(missing_ok=True)

    def release(self) -> None:
        """Give the directory free."""
        self.withdraw()
        os.close(self.fd)


def claim_directory(directory: Path) -> Claim | None:
    """The claim on `directory` (made 0700 when new), or None while a living process holds it.

    Waits for the mongod of an owner that died, which is on its way down.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory.chmod(0o700)
    fd = os.open(_lock_file(directory), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while not _locked(fd):
        if owner(directory) is not None or time.monotonic() > deadline:
            os.close(fd)
            return None
        time.sleep(0.05)
    _sign(fd)
    return Claim(directory, fd)


def owner(directory: Path) -> int | None:
    """The process id of the living owner of `directory`; None when it died or never was."""
    try:
        signed = json.loads(_lock_file(directory).read_text(encoding="utf-8"))
        process = psutil.Process(signed["pid"])
        return process.pid if process.create_time() == signed["born"] else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None


def wait_until_running(directory: Path) -> Running | None:
    """What the owner announced; waits while it starts. None when it stopped owning meanwhile."""
    deadline = time.monotonic() + _STARTING_SECONDS
    while owner(directory) is not None and time.monotonic() < deadline:
        try:
            return Running(**json.loads(_state_file(directory).read_text(encoding="utf-8")))
        except FileNotFoundError:
            time.sleep(0.05)
    return None


def already_served(directory: Path) -> StoreUnavailable:
    """The refusal of a second server on one data directory; names the process that has it."""
    pid = owner(directory)
    who = f"process {pid}" if pid else "a MongoDB that does not stop"
    who_ja = f"プロセス {pid}" if pid else "停止しない MongoDB"
    return StoreUnavailable(
        f"The data directory {directory.parent} is in use by {who}. Stop it, or give this server "
        "its own directory with --data.",
        f"データディレクトリ {directory.parent} は{who_ja}が使用中です。停止するか、--data で別の"
        "ディレクトリを指定してください。",
    )


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(fd: int) -> None:
    signature = json.dumps({"pid": os.getpid(), "born": psutil.Process().create_time()}).encode()
    os.ftruncate(fd, 0)
    os.pwrite(fd, signature, 0)


def _lock_file(directory: Path) -> Path:
    return directory / "owner.lock"


def _state_file(directory: Path) -> Path:
    return directory / "running.json"
