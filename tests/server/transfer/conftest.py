"""Two towns of one deployment that speak over real HTTP, and a line between them that can be cut."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from boshi.server.deployment import Deployment
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.transfer import (
    TRANSFER_DESK,
    Directory,
    HttpTransport,
    Town,
    directory_of,
    transfer_routes,
)
from tests.server.transfer.families import KITAKYUSHU, NAGASU


class Line(httpx.AsyncBaseTransport):
    """The real line. `cuts` says what happens to the n-th message: lost before, answer lost or cut short or damaged."""

    def __init__(self, cuts: dict[int, str]) -> None:
        self._line = httpx.AsyncHTTPTransport(verify=False)
        self._cuts = cuts
        self.messages = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        cut = self._cuts.get(self.messages, "")
        self.messages += 1
        if cut == "before":
            raise httpx.ConnectError("no line", request=request)
        answer = await self._line.handle_async_request(request)
        if cut == "after":
            await answer.aread()
            raise httpx.ReadError("the line broke before the answer", request=request)
        if cut == "during":
            await answer.aread()
            raise httpx.RemoteProtocolError("the line broke inside the answer", request=request)
        if cut == "damaged":
            body = (await answer.aread()).replace(b"HB001", b"HB999")
            return httpx.Response(
                answer.status_code, headers={"content-type": "application/fhir+json"}, content=body
            )
        return answer

    async def aclose(self) -> None:
        await self._line.aclose()


@dataclass
class Towns:
    """A town to move from, a town to move to, and the door that both have."""

    deployment: Deployment
    directory: Directory
    door: str
    lines: list[Line] = field(default_factory=list)

    def repository(self, code: str) -> Repository:
        return self.deployment.repository(code, LOCAL_ADMINISTRATOR)

    @property
    def a(self) -> Repository:
        return self.repository(KITAKYUSHU)

    @property
    def b(self) -> Repository:
        return self.repository(NAGASU)

    def transport(self, cuts: dict[int, str] | None = None) -> HttpTransport:
        line = Line(cuts or {})
        self.lines.append(line)
        return HttpTransport(httpx.AsyncClient(transport=line), self.directory)

    async def close(self) -> None:
        for line in self.lines:
            await line.aclose()


@pytest.fixture
async def towns(two_towns: Deployment) -> AsyncIterator[Towns]:
    """北九州市 and 長洲町 behind one real server on loopback."""

    def repository_for(_request: object, code: str) -> Repository:
        return two_towns.repository(code, TRANSFER_DESK)

    listed: dict[str, Town] = {}
    directory = Directory(listed)
    app = Starlette(routes=transfer_routes(repository_for, two_towns.codes, directory))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", log_level="warning", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    root = f"http://127.0.0.1:{listening.getsockname()[1]}"
    listed.update(
        directory_of(
            [
                Town(KITAKYUSHU, "北九州市", f"{root}/{KITAKYUSHU}/transfer", "093-582-2121"),
                Town(NAGASU, "長洲町", f"{root}/{NAGASU}/transfer", "0968-78-3111"),
            ]
        ).towns
    )
    made = Towns(two_towns, directory, root)
    yield made
    await made.close()
    server.should_exit = True
    await serving
