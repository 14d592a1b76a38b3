"""MongoDB goes away and comes back, or its disk is full, while the server runs."""

import asyncio
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from boshi.server.deployment import open_deployment
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from boshi.server.store.mongod import Mongo
from tests.server.store.records import asked, patient, weight


class Wire:
    """A unix socket in front of MongoDB's that can be cut and joined again."""

    def __init__(self, directory: Path, mongo: Mongo) -> None:
        self._mongo = mongo
        self.path = directory / "wire.sock"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def uri(self) -> str:
        where = str(self.path).replace("/", "%2F")
        return f"mongodb://{where}/?directConnection=true&serverSelectionTimeoutMS=1000"

    async def join(self) -> None:
        self._server = await asyncio.start_unix_server(self._carry, self.path)

    async def cut(self) -> None:
        self._server.close()
        for end in self._open:
            end.transport.abort()
        self.path.unlink(missing_ok=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._mongo.shown)
        self._open |= {writer, far_writer}
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer), return_exceptions=True)
        self._open -= {writer, far_writer}


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
        await sink.drain()
    sink.close()


async def test_a_cut_connection_is_answered_503_and_all_goes_on_when_it_is_back(mongo: Mongo, tmp_path: Path):
    wire = Wire(tmp_path, mongo)
    await wire.join()
    settings = Settings(mongodb_uri=wire.uri, municipalities=("401005",), data=tmp_path)
    async with open_deployment(settings) as opened:
        town = opened.repository("401005", LOCAL_ADMINISTRATOR)
        await town.update(patient("hanako"))
        await wire.cut()
        requests: list[Callable[[], object]] = [
            lambda: town.read("Patient", "hanako"),
            lambda: town.update(patient("hanako", gender="unknown")),
            lambda: town.put_many([patient("taro")]),
            lambda: town.create(patient(), if_none_exist=asked("Patient", identifier="1")),
            lambda: town.search(asked("Patient", family="佐藤")),
            lambda: town.desk("transfer").get("t1"),
        ]
        outcomes = await asyncio.gather(*(request() for request in requests), return_exceptions=True)
        assert [getattr(outcome, "status", outcome) for outcome in outcomes] == [503] * len(requests)
        assert all(int(outcome.headers["Retry-After"]) > 0 for outcome in outcomes)
        await wire.join()
        assert (await town.read("Patient", "hanako")).version == 1
        assert (await town.update(patient("hanako", gender="unknown"))).stored.version == 2
    await wire.cut()


async def test_a_connection_cut_again_and_again_loses_and_doubles_nothing(mongo: Mongo, tmp_path: Path):
    wire = Wire(tmp_path, mongo)
    await wire.join()
    settings = Settings(mongodb_uri=wire.uri, municipalities=("401005",), data=tmp_path)
    async with open_deployment(settings) as opened:
        town = opened.repository("401005", LOCAL_ADMINISTRATOR)
        await town.update(patient("yukiko"))
        done = asyncio.Event()
        writing = [asyncio.create_task(_updates(town, f"y{n}", done)) for n in range(4)]
        for _ in range(4):
            await asyncio.sleep(0.15)
            await wire.cut()
            await asyncio.sleep(0.05)
            await wire.join()
        done.set()
        for number, acknowledged in enumerate(await asyncio.gather(*writing)):
            history = await town.history("Observation", f"y{number}", count=10_000)
            versions = [stored.version for stored in reversed(history)]
            assert versions == list(range(1, len(versions) + 1))
            assert set(acknowledged) <= set(versions)
            assert len(acknowledged) == len(set(acknowledged))
    await wire.cut()


async def _updates(town: Repository, id: str, done: asyncio.Event) -> list[int]:
    acknowledged: list[int] = []
    turn = 0
    while not done.is_set():
        turn += 1
        try:
            acknowledged.append((await town.update(weight("yukiko", f"{turn}.0", id=id))).stored.version)
        except Refused as refused:
            assert refused.status == 503
    return acknowledged


@contextmanager
def _small_disk(directory: Path, megabytes: int) -> Iterator[Path]:
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


def _enlarge(disk: Path, megabytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(disk)], check=True)


async def test_a_full_disk_is_answered_503_and_nothing_acknowledged_is_lost(tmp_path: Path):
    with _small_disk(tmp_path / "disk", megabytes=360) as disk:
        settings = Settings(data=disk / "data", municipalities=("401005",), mongodb_uri=None, cache_gb=0.25)
        async with open_deployment(settings) as opened:
            town = opened.repository("401005", LOCAL_ADMINISTRATOR)
            filler = disk / "filler"
            filler.write_bytes(bytes(shutil.disk_usage(disk).free - 2_000_000))
            acknowledged, refused = await _fill(town)
            assert refused.status == 503
            filler.unlink()
            _enlarge(disk, megabytes=1_500)
            await _until_it_writes_again(town)
            found = await town.read_many([f"Patient/{id}" for id in acknowledged])
            assert len(found) == len(acknowledged)


async def _fill(town: Repository) -> tuple[list[str], Refused]:
    acknowledged: list[str] = []
    while True:
        ids = [f"p{len(acknowledged) + n}" for n in range(20)]
        try:
            await town.put_many([patient(id, name=[{"text": secrets.token_hex(20_000)}]) for id in ids])
        except Refused as refused:
            return acknowledged, refused
        acknowledged += ids


async def _until_it_writes_again(town: Repository) -> None:
    while True:
        try:
            await town.update(patient("after"))
            return
        except Refused as refused:
            assert refused.status == 503
