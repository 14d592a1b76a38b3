"""The unix socket of the embedded MongoDB: beside its data, or in a short private place when that is too long."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from boshi.server.store.unavailable import StoreUnavailable

LIMIT: Final = 107
"""Bytes that sockaddr_un holds on Linux, without the final NUL."""


def socket_path(directory: Path) -> Path:
    """The socket for the mongod of `directory` (absolute); the same directory gives the same socket."""
    beside = directory / "mongod.sock"
    if len(os.fsencode(beside)) <= LIMIT:
        return beside
    place = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return _private(Path(tempfile.gettempdir()) / f"boshi-{os.getuid()}-{place}") / "mongod.sock"


def socket_uri(socket: Path) -> str:
    """The connection string of a one-node replica set behind `socket`."""
    return f"mongodb://{quote(str(socket), safe='')}/?directConnection=true"


def remove_socket(socket: Path, directory: Path) -> None:
    """Clear what a stopped mongod left: its socket, and the short place when there was one."""
    socket.unlink(missing_ok=True)
    if socket.parent != directory:
        socket.parent.rmdir()


def _private(directory: Path) -> Path:
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return directory
    raise StoreUnavailable(
        f"{directory} exists and is not a private directory of ours. Remove it, or choose a shorter --data path.",
        f"{directory} は既に存在し、本サーバー専用のディレクトリではありません。"
        "削除するか、--data を短くしてください。",
    )
