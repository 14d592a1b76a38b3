"""The MongoDB of a deployment: the one of BOSHI_MONGODB_URI, or an embedded one that is started or attached to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from boshi.server.settings import Settings
from boshi.server.store.binary import find_mongod, missing_library
from boshi.server.store.claim import Claim, Running, already_served, claim_directory, wait_until_running
from boshi.server.store.process import MongodProcess
from boshi.server.store.replica_set import answers_as, bring_up, check_replica_set, without_password
from boshi.server.store.socket_path import remove_socket, socket_path, socket_uri
from boshi.server.store.unavailable import StoreUnavailable

_KEPT_LOG_BYTES: Final = 20_000_000
_OPLOG_MEGABYTES: Final = 1024
_EVICTION: Final = ",".join(
    (
        "eviction_dirty_target=60",
        "eviction_dirty_trigger=75",
        "eviction_updates_target=30",
        "eviction_updates_trigger=50",
    )
)
"""Changed pages stay in the cache until the checkpoint, a minute at most: index pages that every import changes
again are not written again and again. Durability is the journal's."""


@dataclass(frozen=True, slots=True)
class Mongo:
    """Where MongoDB answers. `uri` may hold a password: show `shown`. `kind`: own, attached or given."""

    uri: str
    shown: str
    kind: str


@contextmanager
def open_mongo(settings: Settings, *, attach: bool = False) -> Iterator[Mongo]:
    """The MongoDB of these settings, while the context lasts.

    The order is BOSHI_MONGODB_URI, then mongod from BOSHI_MONGOD, PATH or the wheel, started on a unix socket in
    the data directory and stopped at the end. When another process already runs on the data directory, `attach`
    uses its mongod (a command beside a server); without it that is refused. Raises StoreUnavailable.
    """
    if settings.mongodb_uri:
        check_replica_set(settings.mongodb_uri)
        yield Mongo(settings.mongodb_uri, without_password(settings.mongodb_uri), "given")
        return
    directory = settings.data.absolute() / "mongodb"
    claim = claim_directory(directory)
    if claim is not None:
        with _own(claim, settings) as mongo:
            yield mongo
    elif attach:
        yield _attached(directory)
    else:
        raise already_served(directory)


@contextmanager
def _own(claim: Claim, settings: Settings) -> Iterator[Mongo]:
    try:
        socket = socket_path(claim.directory)
        uri = socket_uri(socket)
        process = _process(claim, settings, socket, uri)
        process.start()
        try:
            _wait_until_ready(process, uri, socket, claim.directory)
            claim.announce(Running(uri, process.pid))
            process.keep_alive()
            yield Mongo(uri, str(socket), "own")
        finally:
            claim.withdraw()
            process.stop()
            remove_socket(socket, claim.directory)
    finally:
        claim.release()


def _attached(directory: Path) -> Mongo:
    running = wait_until_running(directory)
    if running is None or not answers_as(running.uri, running.mongod_pid):
        raise already_served(directory)
    return Mongo(running.uri, str(socket_path(directory)), "attached")


def _process(claim: Claim, settings: Settings, socket: Path, uri: str) -> MongodProcess:
    database = claim.directory / "db"
    database.mkdir(mode=0o700, exist_ok=True)
    _rotate(claim.directory / "mongod.log")
    command = _command(find_mongod(settings.mongod), claim.directory, socket, settings.cache_gb)
    return MongodProcess(
        command, claim.directory / "mongod.err", claim.fd, lambda pid: claim.announce(Running(uri, pid))
    )


def _wait_until_ready(process: MongodProcess, uri: str, socket: Path, directory: Path) -> None:
    try:
        bring_up(uri, socket, lambda: not process.ended)
    except StoreUnavailable as refusal:
        said = process.said()
        raise missing_library(said) or _did_not_start(refusal, directory, said) from refusal


def _did_not_start(refusal: StoreUnavailable, directory: Path, said: str) -> StoreUnavailable:
    log = directory / "mongod.log"
    told = said.strip()[-500:]
    return StoreUnavailable(
        f"{refusal.text} Its log is {log}. It said: {told or 'nothing'}",
        f"{refusal.text_ja}ログは {log} です。出力: {told or 'なし'}",
    )


def _command(mongod: Path, directory: Path, socket: Path, cache_gb: float) -> list[str]:
    socket.unlink(missing_ok=True)
    return [
        os.fspath(mongod),
        *("--dbpath", str(directory / "db")),
        *("--replSet", "boshi", "--oplogSize", str(_OPLOG_MEGABYTES)),
        *("--bind_ip", str(socket), "--filePermissions", "0600"),
        *("--logpath", str(directory / "mongod.log"), "--logappend", "--quiet"),
        *("--wiredTigerCacheSizeGB", f"{max(cache_gb, 0.25):g}"),
        *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        *("--setParameter", "transactionLifetimeLimitSeconds=30"),
        *("--wiredTigerEngineConfigString", _EVICTION),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        "--noscripting",
    ]


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _KEPT_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
