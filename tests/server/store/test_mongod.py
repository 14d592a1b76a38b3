import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from boshi.server.settings import Settings
from boshi.server.store.binary import find_mongod, missing_library
from boshi.server.store.claim import claim_directory
from boshi.server.store.mongod import open_mongo
from boshi.server.store.replica_set import without_password
from boshi.server.store.socket_path import LIMIT, socket_path
from boshi.server.store.unavailable import StoreUnavailable

OWNER = """
import sys, threading, time
from pathlib import Path
from boshi.server.settings import Settings
from boshi.server.store.mongod import open_mongo

def started_in_a_thread(opened):
    thread = threading.Thread(target=opened.__enter__)
    thread.start()
    thread.join()

opened = open_mongo(Settings(data=Path(sys.argv[1]), mongodb_uri=None))
started_in_a_thread(opened)
print("ready", flush=True)
time.sleep(60)
"""


def _settings(data: Path, **told: object) -> Settings:
    return Settings.model_validate({"data": data, "mongodb_uri": None, "mongod": None, **told})


@pytest.fixture
def owner(tmp_path: Path):
    """Another process that owns the MongoDB of tmp_path."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.wait()


def test_its_directory_and_socket_are_private_and_data_is_kept(tmp_path: Path):
    for round in range(2):
        with open_mongo(_settings(tmp_path)) as mongo, MongoClient(mongo.uri) as client:
            assert mongo.kind == "own"
            assert stat.S_IMODE((tmp_path / "mongodb").stat().st_mode) == 0o700
            assert stat.S_IMODE(Path(mongo.shown).stat().st_mode) == 0o600
            assert not any(connection.laddr for connection in _mongod().net_connections("inet"))
            client.kept.kept.insert_one({"round": round})
            assert client.kept.kept.count_documents({}) == round + 1
    assert sorted(path.name for path in (tmp_path / "mongodb").iterdir() if path.suffix != ".log") == [
        "db",
        "mongod.err",
        "owner.lock",
    ]


def test_a_directory_that_was_moved_starts_at_its_new_place_even_behind_a_long_path(tmp_path: Path):
    with open_mongo(_settings(tmp_path / "old")) as mongo, MongoClient(mongo.uri) as client:
        client.kept.kept.insert_one({"_id": 1})
    long = tmp_path / ("長" * 40)
    shutil.move(tmp_path / "old", long)
    with open_mongo(_settings(long)) as mongo, MongoClient(mongo.uri) as client:
        assert client.kept.kept.count_documents({}) == 1
        place = Path(mongo.shown)
        assert len(os.fsencode(place)) <= LIMIT < len(os.fsencode(long / "mongodb/mongod.sock"))
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert not place.parent.exists()


def test_a_short_place_that_others_can_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    directory = tmp_path / ("長" * 40)
    socket_path(directory).parent.chmod(0o755)
    with pytest.raises(StoreUnavailable, match="not a private directory"):
        socket_path(directory)


def test_a_second_server_on_the_same_data_is_refused_and_told_who_has_it(
    tmp_path: Path, owner: subprocess.Popen
):
    with (
        pytest.raises(StoreUnavailable, match=f"in use by process {owner.pid}") as refused,
        open_mongo(_settings(tmp_path)),
    ):
        pass
    assert str(owner.pid) in refused.value.text_ja


def test_a_command_attaches_to_the_mongod_of_a_running_server(tmp_path: Path, owner: subprocess.Popen):
    with open_mongo(_settings(tmp_path), attach=True) as mongo, MongoClient(mongo.uri) as client:
        assert mongo.kind == "attached"
        assert client.admin.command("hello")["isWritablePrimary"]
    assert psutil.Process(owner.pid).children()


def test_a_command_without_a_server_has_its_own(tmp_path: Path):
    with open_mongo(_settings(tmp_path), attach=True) as mongo:
        assert mongo.kind == "own"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_mongod_ends_with_its_parent_and_the_next_server_waits_for_it(
    tmp_path: Path, owner: subprocess.Popen, number: int
):
    (mongod,) = psutil.Process(owner.pid).children()
    owner.send_signal(number)
    owner.wait()
    with open_mongo(_settings(tmp_path)) as mongo:
        assert mongo.kind == "own"
        assert not psutil.pid_exists(mongod.pid) or mongod.status() == psutil.STATUS_ZOMBIE


def test_a_mongod_that_is_killed_comes_back_at_the_same_address(tmp_path: Path):
    with open_mongo(_settings(tmp_path)) as mongo, MongoClient(mongo.uri) as client:
        client.kept.kept.insert_one({"_id": 1})
        _mongod().kill()
        assert client.kept.kept.count_documents({}) == 1
        with open_mongo(_settings(tmp_path), attach=True) as attached:
            assert attached.kind == "attached"


def test_a_claim_is_given_free_at_its_end(tmp_path: Path):
    first = claim_directory(tmp_path)
    assert first and claim_directory(tmp_path) is None
    first.release()
    second = claim_directory(tmp_path)
    assert second
    second.release()


def test_a_uri_that_is_no_replica_set_is_refused_with_the_commands_that_make_it_one(tmp_path: Path):
    with (
        _standalone(tmp_path) as uri,
        pytest.raises(StoreUnavailable) as refused,
        open_mongo(_settings(tmp_path, mongodb_uri=uri)),
    ):
        pass
    assert f"--dbpath {tmp_path}/standalone" in refused.value.text
    assert "--replSet boshi" in refused.value.text
    address = uri.partition("?")[0]
    assert f"mongosh '{address}?directConnection=true' --eval 'rs.initiate()'" in refused.value.text


def test_a_replica_set_that_was_never_initiated_is_refused_with_that_command_only(tmp_path: Path):
    with (
        _standalone(tmp_path, "--replSet", "rs0") as uri,
        pytest.raises(StoreUnavailable) as refused,
        open_mongo(_settings(tmp_path, mongodb_uri=uri)),
    ):
        pass
    assert "rs.initiate()" in refused.value.text and "--replSet" not in refused.value.text


def test_a_uri_where_nothing_answers_is_refused_without_its_password(tmp_path: Path):
    uri = (
        f"mongodb://boshi:himitsu@127.0.0.1:{_free_port()}/?serverSelectionTimeoutMS=200&connectTimeoutMS=200"
    )
    with pytest.raises(StoreUnavailable) as refused, open_mongo(_settings(tmp_path, mongodb_uri=uri)):
        pass
    assert "does not answer" in refused.value.text
    assert "himitsu" not in refused.value.text and "himitsu" not in refused.value.text_ja


def test_a_uri_is_shown_without_its_account():
    assert (
        without_password("mongodb://a:b@db1:27017,db2:27018/?replicaSet=r") == "mongodb://db1:27017,db2:27018"
    )


def test_the_mongod_that_is_told_goes_before_the_one_on_path_and_that_before_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wheel = find_mongod(None)
    for name in ("told", "mongod"):
        shutil.copy("/bin/true", tmp_path / name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_mongod(str(tmp_path / "told")) == tmp_path / "told"
    assert find_mongod(None) == tmp_path / "mongod"
    monkeypatch.setenv("PATH", "")
    assert find_mongod(None).parts[-4:] == ("fiftyone", "db", "bin", "mongod")
    assert wheel.exists()
    with pytest.raises(StoreUnavailable, match="BOSHI_MONGOD"):
        find_mongod(str(tmp_path / "missing"))


def test_a_missing_library_is_told_with_the_line_that_installs_it():
    said = "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file"
    assert "sudo apt-get install -y libcurl4" in missing_library(said).text
    assert missing_library("something else") is None


def test_a_mongod_that_does_not_start_is_told_with_its_log(tmp_path: Path):
    broken = tmp_path / "mongod"
    broken.write_text(
        "#!/bin/sh\necho 'error while loading shared libraries: libcurl.so.4: cannot open' >&2\nexit 127\n"
    )
    broken.chmod(0o755)
    with (
        pytest.raises(StoreUnavailable, match="apt-get install -y libcurl4"),
        open_mongo(_settings(tmp_path, mongod=str(broken))),
    ):
        pass
    broken.write_text("#!/bin/sh\necho 'Unrecognized option: replSet'\nexit 2\n")
    with (
        pytest.raises(StoreUnavailable, match="Unrecognized option") as refused,
        open_mongo(_settings(tmp_path, mongod=str(broken))),
    ):
        pass
    assert str(tmp_path / "mongodb" / "mongod.log") in refused.value.text


def _mongod() -> psutil.Process:
    return max(
        (child for child in psutil.Process().children() if child.name() == "mongod"),
        key=psutil.Process.create_time,
    )


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class _standalone:
    """A mongod that is no replica set, on a port of loopback."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._data = directory / "standalone"
        self._options = options

    def __enter__(self) -> str:
        self._data.mkdir()
        port = _free_port()
        command = [find_mongod(None), "--dbpath", self._data, "--bind_ip", "127.0.0.1", "--port", str(port)]
        self._process = subprocess.Popen(
            [*command, "--nounixsocket", *self._options], stdout=subprocess.DEVNULL
        )
        self.uri = f"mongodb://127.0.0.1:{port}"
        with MongoClient(self.uri, directConnection=True) as client:
            client.admin.command("ping")
        return f"{self.uri}/?serverSelectionTimeoutMS=500&connectTimeoutMS=500"

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
