"""The outermost ring, plain ASGI: a request id, a time limit, a log line, an OperationOutcome for each failure."""

import asyncio
import re
from secrets import token_hex
from time import perf_counter
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boshi.fhir.codec import encode
from boshi.fhir.outcome import operation_outcome
from boshi.server.body import ClientGone
from boshi.server.failures import refusal_of
from boshi.server.negotiation import FHIR_JSON
from boshi.server.refusal import Refused

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9.\-]{8,64}")
_CLIENT_GONE: Final = 499


class Edge:
    """Wraps the whole application; the log names templates and types, never ids, queries or bodies."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self.log = structlog.get_logger("boshi.access").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request through, and answer it whatever happens."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        journey = _Journey(scope, send)
        scope["boshi.request"] = journey.id
        try:
            async with asyncio.timeout(self.seconds):
                await self.app(scope, receive, journey.send)
        except ClientGone:
            journey.status = _CLIENT_GONE
        except Exception as failure:
            await self._refuse(journey, failure)
        self._log(journey, scope)

    async def _refuse(self, journey: "_Journey", failure: Exception) -> None:
        refusal = refusal_of(failure, journey.id)
        if journey.status:
            raise failure
        await send_refusal(journey.send, refusal)

    def _log(self, journey: "_Journey", scope: Scope) -> None:
        self.log.info(
            "request",
            request=journey.id,
            method=scope["method"],
            route=scope.get("boshi.route") or getattr(scope.get("endpoint"), "__name__", ""),
            town=scope.get("boshi.town", ""),
            status=journey.status,
            ms=round((perf_counter() - journey.began) * 1000, 1),
        )


class _Journey:
    """One request on its way: its id, and what has been sent for it."""

    __slots__ = ("_header", "_send", "began", "id", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        told = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        self.id = told.decode() if _REQUEST_ID.fullmatch(told) else token_hex(8)
        self._header = (b"x-request-id", self.id.encode())
        self._send = send
        self.began = perf_counter()
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"].append(self._header)
        await self._send(message)


async def send_refusal(send: Send, refusal: Refused, *, with_body: bool = True) -> None:
    """Send a refusal as its OperationOutcome."""
    body = encode(operation_outcome(refusal.issues))
    await send_bytes(send, refusal.status, body, refusal.headers, with_body=with_body)


async def send_bytes(
    send: Send, status: int, body: bytes, headers: dict[str, str], *, with_body: bool = True
) -> None:
    """Send one answer; `headers` go out with the media type of FHIR and the length of the body."""
    raw = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.items()
        if name != "content-type"
    ]
    if "cache-control" not in headers:
        raw.append((b"cache-control", b"private, no-cache"))
    if body:
        raw.append((b"content-type", headers.get("content-type", FHIR_JSON).encode("latin-1")))
    if status not in (204, 304):
        raw.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body if with_body else b""})
