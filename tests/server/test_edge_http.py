"""The outermost ring: time limit, request id, log without data, and what becomes of a failure nobody foresaw."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import structlog
from pymongo.errors import AutoReconnect, DocumentTooLarge, ExecutionTimeout
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boshi.fhir.outcome import error
from boshi.server.edge import Edge
from boshi.server.refusal import Refused
from boshi.server.store.unavailable import StoreUnavailable

_SECRET = "山田花子"


async def asked(failure: Exception | None = None, *, sleep: float = 0, seconds: float = 5) -> httpx.Response:
    async def endpoint(_: Request) -> Response:
        await asyncio.sleep(sleep)
        if failure is not None:
            raise failure
        return Response("done")

    app = Starlette(routes=[Route("/x", endpoint)], middleware=[Middleware(Edge, seconds=seconds)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        return await client.get("/x", params={"name": _SECRET})


def outcome(answer: httpx.Response) -> dict[str, Any]:
    told = answer.json()
    assert told["resourceType"] == "OperationOutcome"
    issue: dict[str, Any] = told["issue"][0]
    return issue


async def test_a_request_beyond_the_time_limit_is_504() -> None:
    answer = await asked(sleep=5, seconds=0.01)
    assert answer.status_code == 504
    assert outcome(answer)["code"] == "timeout"


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (AutoReconnect("away"), 503, "transient"),
        (StoreUnavailable("away", "ない"), 503, "transient"),
        (ExecutionTimeout("slow"), 504, "timeout"),
        (DocumentTooLarge("large"), 413, "too-long"),
        (Refused(409, [error("conflict", "in use", "使用中")]), 409, "conflict"),
        (RecursionError(), 500, "exception"),
    ],
)
async def test_a_failure_below_becomes_its_refusal(failure: Exception, status: int, code: str) -> None:
    answer = await asked(failure)
    assert (answer.status_code, outcome(answer)["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_failure_nobody_foresaw_is_logged_without_data_and_told_with_its_number() -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await asked(ValueError(f"{_SECRET} is no number"))
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in outcome(answer)["diagnostics"]
    assert _SECRET not in answer.text
    told = json.dumps(logs, ensure_ascii=False)
    assert "ValueError" in told
    assert _SECRET not in told


async def test_the_log_has_no_query() -> None:
    with structlog.testing.capture_logs() as logs:
        await asked()
    assert [entry["status"] for entry in logs] == [200]
    assert _SECRET not in json.dumps(logs, ensure_ascii=False)
