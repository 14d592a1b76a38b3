"""What a client sees when MongoDB hangs or dies: a refusal that says to try again, and then its record again."""

import signal
import time
from pathlib import Path

import httpx
import psutil

from tests.blackbox.families import created, mother, refused
from tests.blackbox.process import running

_SECONDS = 2.0


def test_a_database_that_hangs_is_504_and_one_that_died_comes_back(tmp_path: Path) -> None:
    with running(tmp_path / "data", "401005", request_seconds=_SECONDS) as (root, process):
        fhir = httpx.Client(
            base_url=f"{root}/fhir", timeout=30, headers={"content-type": "application/fhir+json"}
        )
        id = created(fhir.post("/Patient", json=mother()))["id"]
        mongod = _mongod(process.pid)

        mongod.suspend()
        refused(fhir.get(f"/Patient/{id}"), 504)
        refused(fhir.post("/Patient", json=mother()), 504)
        assert httpx.get(f"{root}/livez").status_code == 200
        assert _readiness(root) == (503, "database-away")
        mongod.resume()
        assert _read_again(fhir, id)
        assert _readiness(root) == (200, "ready")

        mongod.kill()
        assert _read_again(fhir, id)
        created(fhir.post("/Patient", json=mother()))

        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert not mongod.is_running()


def _readiness(root: str) -> tuple[int, str]:
    answer = httpx.get(f"{root}/readyz")
    return answer.status_code, answer.json()["status"]


def _mongod(server: int) -> psutil.Process:
    (found,) = [each for each in psutil.Process(server).children(recursive=True) if "mongod" in each.name()]
    return found


def _read_again(fhir: httpx.Client, id: str) -> bool:
    """Whether the record is answered within 20 seconds, with nothing but 503 and 504 until then."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = fhir.get(f"/Patient/{id}")
        if answer.status_code == 200:
            return True
        refused(answer, 503, 504)
        assert answer.status_code == 504 or int(answer.headers["retry-after"]) > 0
        time.sleep(0.1)
    return False
