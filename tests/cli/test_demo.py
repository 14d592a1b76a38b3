"""The whole product on a small scale, as `make demo` shows it: files to records to the next town to its files."""

import csv
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _demo(cwd: Path, port: int, *more: str) -> list[str]:
    options = ["--families", "20", "--port", str(port), "--data", str(cwd / "d"), "--lang", "en", *more]
    return [sys.executable, "-m", "boshi", "demo", *options]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo printed, and its directory."""
    place = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        _demo(place, _free_port(), "--once"), capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, place / "d"


def test_the_account_counts_every_type_and_says_what_was_refused_and_where_it_is(
    told: tuple[str, Path],
) -> None:
    text, _ = told
    for kind in ("Patient", "EpisodeOfCare", "Encounter", "Observation", "Immunization", "RelatedPerson"):
        assert re.search(rf"^{kind} +[1-9]", text, re.MULTILINE), kind
    assert "dropped unread" in text
    named = re.findall(r"mend and import again: (\S+)", text)
    assert named
    assert all(Path(name).stat().st_size for name in named)
    assert "rows/s" in text
    assert "import at A" in text


def test_the_mother_and_one_child_arrive_in_the_next_towns_own_files(told: tuple[str, Path]) -> None:
    text, data = told
    assert len(re.findall(r"confirmed  [1-9]\d* records", text)) == 2
    exported = data / "files" / "332119-export"
    with (exported / "residents-332119.csv").open(encoding="cp932") as file:
        numbers = {row["宛名番号"] for row in csv.DictReader(file)}
    assert len(numbers) == 2
    with (exported / "immunization-332119.csv").open(encoding="cp932") as file:
        doses = list(csv.DictReader(file))
    assert doses
    assert {row["宛名番号"] for row in doses} <= numbers


def test_a_page_for_each_person_who_moved_is_there_as_html_and_pdf(told: tuple[str, Path]) -> None:
    pages = sorted((told[1] / "summaries").iterdir())
    assert [page.suffix for page in pages] == [".html", ".pdf", ".html", ".pdf"]
    assert all(page.read_bytes().startswith(b"%PDF") for page in pages if page.suffix == ".pdf")


def test_the_server_stays_until_ctrl_c_and_the_next_demo_starts_clean(told: tuple[str, Path]) -> None:
    _, data = told
    (data / "left-over").touch()
    port = _free_port()
    with subprocess.Popen(_demo(data.parent, port), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert any("Running until Ctrl-C" in line for line in running.stdout)
        answer = httpx.get(f"http://127.0.0.1:{port}/332119/fhir/Patient?_count=5")
        assert len(answer.json()["entry"]) == 2
        running.send_signal(signal.SIGINT)
        assert running.wait() == 0
    assert not (data / "left-over").exists()
    assert not _answers(port)


def _answers(port: int) -> bool:
    for _ in range(50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return False
        time.sleep(0.1)
    return True
