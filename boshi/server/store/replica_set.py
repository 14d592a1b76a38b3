"""Transactions need a replica set: make the embedded mongod one of one node, refuse a URI that is none."""

import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.uri_parser import parse_uri

from boshi.server.store.connection import client_options
from boshi.server.store.unavailable import StoreUnavailable

NAME: Final = "boshi"
_NOT_YET_INITIALIZED: Final = 94
_START_SECONDS: Final = 600.0
Client = MongoClient[dict[str, Any]]


def bring_up(uri: str, socket: Path, still_running: Callable[[], bool]) -> None:
    """Wait until the mongod behind `socket` answers, make it the replica set, wait until it is primary.

    Raises StoreUnavailable when it ends first. A data directory that was moved gets its new socket as member.
    """
    with _client(uri) as client:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and still_running():
            if socket.exists() and _is_primary(client, str(socket)):
                return
            time.sleep(0.02)
    raise StoreUnavailable(
        "The embedded MongoDB did not become ready.", "内蔵の MongoDB が使用可能になりませんでした。"
    )


def answers_as(uri: str, mongod_pid: int) -> bool:
    """Whether the mongod with this process id answers at `uri` as our replica set."""
    try:
        with _client(uri) as client:
            status = client.admin.command({"serverStatus": 1, "metrics": 0, "wiredTiger": 0})
            return bool(status["pid"] == mongod_pid and status["repl"]["setName"] == NAME)
    except (PyMongoError, KeyError):
        return False


def check_replica_set(uri: str) -> None:
    """Refuse a URI that does not lead to a replica set or a sharded cluster, with the command that makes it one."""
    shown = without_password(uri)
    try:
        with _client(uri) as client:
            refusal = _checked(client, shown)
    except PyMongoError as problem:
        raise StoreUnavailable(
            f"BOSHI_MONGODB_URI {shown} does not answer: {problem}. "
            "Check the address, the network and the account.",
            f"BOSHI_MONGODB_URI {shown} に接続できません: {problem}。"
            "アドレス、ネットワーク、利用者を確認してください。",
        ) from problem
    if refusal:
        raise refusal


def without_password(uri: str) -> str:
    """The URI as it may be shown: its hosts and database, never its account."""
    try:
        parsed = parse_uri(uri, validate=False, warn=False)
    except (InvalidURI, ConfigurationError, ValueError):
        return "(unreadable URI)"
    hosts = ",".join(host if port is None else f"{host}:{port}" for host, port in parsed["nodelist"])
    return f"mongodb://{hosts}"


def _client(uri: str) -> Client:
    return MongoClient(uri, **client_options(uri))


def _is_primary(client: Client, socket: str) -> bool:
    """Whether it is. While it starts it breaks connections off; the caller asks again."""
    with suppress(AutoReconnect):
        hello = client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return True
        _configure(client, socket)
    return False


def _configure(client: Client, socket: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as problem:
        if problem.code != _NOT_YET_INITIALIZED:
            return
        client.admin.command("replSetInitiate", _of_one_node(socket))
        return
    if config["members"][0]["host"] != socket:
        moved = {
            **config,
            "members": [{**config["members"][0], "host": socket}],
            "version": config["version"] + 1,
        }
        client.admin.command("replSetReconfig", moved, force=True)


def _of_one_node(socket: str) -> dict[str, Any]:
    return {"_id": NAME, "members": [{"_id": 0, "host": socket}]}


def _checked(client: Client, shown: str) -> StoreUnavailable | None:
    try:
        hello = client.admin.command("hello")
    except ServerSelectionTimeoutError:
        servers = client.topology_description.server_descriptions().values()
        if any(server.server_type_name == "RSGhost" for server in servers):
            return _not_a_replica_set(client, shown, only_uninitiated=True)
        raise
    if hello.get("setName") or hello.get("msg") == "isdbgrid":
        return None
    return _not_a_replica_set(client, shown, only_uninitiated=bool(hello.get("isreplicaset")))


def _not_a_replica_set(client: Client, shown: str, only_uninitiated: bool) -> StoreUnavailable:
    initiate = f"mongosh '{shown}/?directConnection=true' --eval 'rs.initiate()'"
    if only_uninitiated:
        return _refusal(shown, f"run: {initiate}", f"次を実行してください: {initiate}")
    start = _start_command(client)
    return _refusal(
        shown,
        f"stop it, start it with: {start}   and then run: {initiate}",
        f"停止してから次で起動し: {start}   続けて実行してください: {initiate}",
    )


def _refusal(shown: str, remedy: str, remedy_ja: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The MongoDB at {shown} is not a replica set, so it has no transactions. To make it one, {remedy}",
        f"{shown} の MongoDB はレプリカセットではないため、トランザクションが使えません。{remedy_ja}",
    )


def _start_command(client: Client) -> str:
    try:
        started: Mapping[str, Any] = client.admin.command("getCmdLineOpts")
    except OperationFailure:
        started = {}
    return shlex.join([*started.get("argv", ["mongod"]), "--replSet", NAME])
