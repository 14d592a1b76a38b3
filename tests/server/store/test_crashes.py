import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from pathlib import Path

import psutil

from boshi.server.deployment import open_deployment
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings


async def test_after_kill_9_of_the_server_all_that_was_acknowledged_is_there(tmp_path: Path):
    server = await _server(tmp_path)
    acknowledged = await _acknowledged(server, enough=150)
    mongod = _mongod_of(server.pid)
    server.kill()
    acknowledged |= _versions(await server.stdout.read())
    await server.wait()
    async with open_deployment(_settings(tmp_path)) as opened:
        assert not mongod.is_running() or mongod.status() == psutil.STATUS_ZOMBIE
        await _check(opened.repository("401005", LOCAL_ADMINISTRATOR), acknowledged)


async def test_after_kill_9_of_mongod_the_server_goes_on_and_lost_nothing(tmp_path: Path):
    server = await _server(tmp_path)
    acknowledged = await _acknowledged(server, enough=100)
    first = _mongod_of(server.pid)
    first.kill()
    acknowledged |= await _acknowledged(server, enough=150)
    second = _mongod_of(server.pid)
    assert second.pid != first.pid
    os.kill(server.pid, signal.SIGKILL)
    second.kill()
    acknowledged |= _versions(await server.stdout.read())
    await server.wait()
    async with open_deployment(_settings(tmp_path)) as opened:
        await _check(opened.repository("401005", LOCAL_ADMINISTRATOR), acknowledged)


def _settings(data: Path) -> Settings:
    return Settings(data=data, municipalities=("401005",), mongodb_uri=None)


async def _server(data: Path) -> Process:
    server = await create_subprocess_exec(
        sys.executable, "-m", "tests.server.store.endless_writer", str(data), stdout=PIPE, limit=2**24
    )
    assert await server.stdout.readline() == b"ready\n"
    return server


async def _acknowledged(server: Process, enough: int) -> set[tuple[str, int]]:
    lines = [await server.stdout.readline() for _ in range(enough)]
    return _versions(b"".join(lines))


def _versions(lines: bytes) -> set[tuple[str, int]]:
    whole = lines.decode().rpartition("\n")[0].splitlines()
    return {(key, int(version)) for key, version in map(str.split, whole)}


def _mongod_of(pid: int) -> psutil.Process:
    (mongod,) = (child for child in psutil.Process(pid).children() if child.name() == "mongod")
    return mongod


async def _check(town: Repository, acknowledged: set[tuple[str, int]]) -> None:
    """Every acknowledged version is there, current is the newest, and no history has a gap."""
    assert acknowledged
    latest: dict[str, int] = {}
    for key, version in acknowledged:
        latest[key] = max(version, latest.get(key, 0))
    found = await town.read_many(list(latest))
    assert {
        key for key, version in latest.items() if key not in found or found[key].version < version
    } == set()
    for stored in await asyncio.gather(
        *(town.vread(*key.split("/"), version) for key, version in acknowledged)
    ):
        assert stored is not None
    for number in range(8):
        versions = [row.version for row in await town.history("Observation", f"w{number}", count=10_000)]
        assert versions == list(range(len(versions), 0, -1))
