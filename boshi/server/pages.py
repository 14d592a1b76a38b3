"""What is served beside FHIR: the front page, and the two questions an orchestrator asks."""

from collections.abc import Awaitable, Callable
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from boshi import __version__
from boshi.server.addresses import fhir_bases
from boshi.server.settings import Settings

_HOME: Final = Template(files("boshi.server").joinpath("home.html").read_text(encoding="utf-8"))
_RETRY: Final = {"retry-after": "2"}


def pages(settings: Settings, state: Callable[[], Awaitable[str]]) -> list[Route]:
    """Routes of `/`, `/livez` and `/readyz`; `state` says "ready", or why requests cannot be answered now."""
    bases = fhir_bases(settings)

    async def home(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_HOME.substitute(version=escape(__version__), towns=_rows(bases)))
        return JSONResponse(
            {
                "name": "boshi",
                "version": __version__,
                "towns": {
                    code: {"fhir": base, "metadata": f"{base}/metadata"} for code, base in bases.items()
                },
                "alive": "/livez",
                "ready": "/readyz",
            }
        )

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        now = await state()
        if now == "ready":
            return JSONResponse({"status": now})
        return JSONResponse({"status": now}, status_code=503, headers=_RETRY)

    return [Route("/", home), Route("/livez", livez), Route("/readyz", readyz)]


def _rows(bases: dict[str, str]) -> str:
    return "".join(
        f"<tr><th scope=row>{escape(code)}</th>"
        f'<td><a href="{base}/metadata">metadata</a></td>'
        f'<td><a href="{base}/Patient?_count=20">Patient</a></td>'
        f'<td><a href="{base}/Immunization?_count=20">Immunization</a></td>'
        f'<td><a href="{base}/Observation?_count=20">Observation</a></td></tr>'
        for code, base in bases.items()
    )
