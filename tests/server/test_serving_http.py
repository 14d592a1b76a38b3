"""A server that would be unsafe, or cannot work, does not start, and says why and what to do."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from boshi.server.refusal import Refused
from boshi.server.serving import check_safe, serve
from boshi.server.settings import Settings


@pytest.mark.parametrize(
    ("told", "remedy"),
    [
        ({"municipalities": (), "no_auth": True}, "--municipality"),
        ({"municipalities": ("401005",)}, "--no-auth"),
        ({"municipalities": ("401005",), "no_auth": True, "host": "0.0.0.0"}, "127.0.0.1"),
        ({"municipalities": ("401005",), "no_auth": True, "host": "::"}, "127.0.0.1"),
        ({"municipalities": ("401005",), "no_auth": True, "host": "boshi.example.jp"}, "127.0.0.1"),
    ],
)
def test_an_unsafe_server_is_refused_with_the_remedy(told: dict[str, object], remedy: str) -> None:
    with pytest.raises(Refused) as refusal:
        serve(Settings(**told))
    assert remedy in refusal.value.issues[0].text
    assert remedy in refusal.value.issues[0].text_ja


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.5.5.5"])
def test_without_authentication_loopback_is_allowed(host: str) -> None:
    check_safe(Settings(municipalities=("401005",), no_auth=True, host=host))


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Refused) as refusal:
            serve(Settings(municipalities=("401005",), no_auth=True, port=port, data=tmp_path / "data"))
    assert str(port) in refusal.value.issues[0].text
    assert not (tmp_path / "data").exists()


_SERVE = """
from boshi.server.refusal import Refused
from boshi.server.serving import serve
from boshi.server.settings import Settings
try:
    serve(Settings())
except Refused as refusal:
    print(refusal.issues[0].text)
    raise SystemExit(3)
"""


def started(data: Path, **settings: str) -> "subprocess.Popen[str]":
    told = {
        "BOSHI_MUNICIPALITIES": '["401005"]',
        "BOSHI_PORT": "0",
        "BOSHI_NO_AUTH": "1",
        "BOSHI_DATA": str(data),
    }
    return subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        env={**os.environ, **told, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_store_that_cannot_be_opened_is_told_and_ends_the_process(tmp_path: Path) -> None:
    process = started(tmp_path, BOSHI_MONGODB_URI="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200")
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "127.0.0.1:9" in told


def test_ctrl_c_ends_a_server_in_peace(tmp_path: Path) -> None:
    process = started(tmp_path)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first.startswith("401005  http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
