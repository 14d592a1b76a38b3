"""Read and create: CPU a request of boshi next to the bare server, in the same run, on the same MongoDB."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from boshi.server.settings import Settings
from boshi.server.store.mongod import open_mongo
from tests.bench.processes import Server, serving
from tests.bench.records import MOTHER, mother, observation

TOWN = "401005"
CONNECTIONS = 8
GOALS = {"read": 0.75, "create": 0.35}


@dataclass(slots=True)
class Measured:
    """Runs of one kind of request on one server."""

    cpu_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p95_ms: list[float] = field(default_factory=list)

    def median(self) -> tuple[float, float, float]:
        """CPU milliseconds a request, requests a second, p95 in milliseconds."""
        return (
            statistics.median(self.cpu_ms),
            statistics.median(self.per_second),
            statistics.median(self.p95_ms),
        )


def measure(folder: Path, requests: int, runs: int, say: Callable[[str], None]) -> list[str]:
    """Lines of a table: both servers, reads and creates, and boshi's share of the bare server's speed."""
    with ExitStack() as stack:
        mongo = stack.enter_context(open_mongo(Settings(data=folder / "requests")))
        log = folder / "servers.log"
        settings = {"municipalities": f'["{TOWN}"]', "no_auth": "1", "mongodb_uri": mongo.uri}
        boshi = stack.enter_context(serving("tests.bench.boshi_server", [], log, "/readyz", **settings))
        arguments = ["--uri", mongo.uri, "--town", TOWN]
        bare = stack.enter_context(serving("tests.bench.bare_server", arguments, log, "/readyz"))
        ids = _fill(boshi.port)
        return _table(_runs(boshi, bare, ids, requests, runs, say))


def _fill(port: int) -> list[str]:
    """The mother, and 200 Observations to read; their ids."""
    connection = HTTPConnection("127.0.0.1", port)
    _send(connection, "PUT", f"/fhir/Patient/{MOTHER}", mother())
    ids = [str(_send(connection, "POST", "/fhir/Observation", observation(n))["id"]) for n in range(200)]
    connection.close()
    return ids


def _send(
    connection: HTTPConnection, method: str, path: str, resource: dict[str, object]
) -> dict[str, object]:
    body = json.dumps(resource, ensure_ascii=False).encode()
    connection.request(method, path, body, {"Content-Type": "application/fhir+json"})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status not in (200, 201):
        raise RuntimeError(said.decode())
    told: dict[str, object] = json.loads(said)
    return told


def _runs(
    boshi: Server, bare: Server, ids: list[str], requests: int, runs: int, say: Callable[[str], None]
) -> dict[tuple[str, str], Measured]:
    measured = {(who, kind): Measured() for kind in GOALS for who in ("bare", "boshi")}
    for run in range(-1, runs):  # the first only warms up
        for kind in GOALS:
            for who, server in (("bare", bare), ("boshi", boshi)):
                lines = _reads(who, ids) if kind == "read" else _creates(who, run, requests)
                counted = measured[who, kind] if run >= 0 else Measured()
                _run(server, lines, requests if run >= 0 else max(requests // 4, 100), counted)
        if run >= 0:
            told = ", ".join(f"{who} {kind} {m.cpu_ms[-1]:.2f} ms" for (who, kind), m in measured.items())
            say(f"  run {run + 1}: CPU a request: {told}")
    return measured


def _reads(who: str, ids: list[str]) -> list[str]:
    base = "/fhir" if who == "boshi" else "/read"
    return [json.dumps(("GET", f"{base}/Observation/{id}", "")) for id in ids]


def _creates(who: str, run: int, requests: int) -> list[str]:
    path = "/fhir/Observation" if who == "boshi" else "/create"
    numbers = range((run + 2) * requests, (run + 3) * requests)
    return [json.dumps(("POST", path, json.dumps(observation(n), ensure_ascii=False))) for n in numbers]


def _run(server: Server, lines: list[str], requests: int, measured: Measured) -> None:
    command = [sys.executable, "-m", "tests.bench.load", str(server.port), str(CONNECTIONS), str(requests)]
    before = server.cpu()
    told = subprocess.run(command, input="\n".join(lines), text=True, stdout=subprocess.PIPE, check=True)
    after = server.cpu()
    said = json.loads(told.stdout)
    measured.cpu_ms.append((after - before) / requests * 1000)
    measured.per_second.append(requests / said["seconds"])
    measured.p95_ms.append(said["p95"])


def _table(measured: dict[tuple[str, str], Measured]) -> list[str]:
    lines = [
        "| request | server | CPU a request, ms | requests/s | p95, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for (who, kind), found in measured.items():
        cpu, rate, p95 = found.median()
        lines.append(f"| {kind} | {who} | {cpu:.3f} | {rate:,.0f} | {p95:.1f} |")
    for kind, goal in GOALS.items():
        shares = [
            bare / boshi
            for bare, boshi in zip(measured["bare", kind].cpu_ms, measured["boshi", kind].cpu_ms, strict=True)
        ]
        share = statistics.median(shares)
        lines.append("")
        reached = verdict(share >= goal)
        lines.append(f"{kind}: {share:.0%} of the bare server by CPU a request; goal {goal:.0%}: {reached}.")
    return lines


def verdict(reached: bool) -> str:
    """In a word."""
    return "reached" if reached else "missed"
