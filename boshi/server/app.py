"""The application: FHIR bases from the routing table, pages beside them, one plain ASGI ring around all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from boshi.fhir.codec import encode
from boshi.fhir.outcome import error, operation_outcome
from boshi.server.addresses import fhir_bases
from boshi.server.claims import statement_maker
from boshi.server.deployment import State, open_deployment
from boshi.server.edge import Edge
from boshi.server.endpoint import FhirEndpoint
from boshi.server.negotiation import FHIR_JSON
from boshi.server.pages import pages
from boshi.server.routing import TABLE, Routed, Routes
from boshi.server.settings import Settings


def create_app(
    settings: Settings, *, table: Iterable[Routed] = TABLE, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The ASGI application of one deployment; its lifespan opens and closes the store.

    `table` holds the FHIR interactions, `routes` whatever else is served beside them.
    `app.state.deployment` is the open Deployment, `app.state.failure` why it could not be opened.
    """
    fhir = FhirEndpoint(settings, Routes(table), statement_maker(table))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                deployment = await stack.enter_async_context(open_deployment(settings, wait=False))
            except Exception as failure:
                app.state.failure = failure
                raise
            fhir.deployment = app.state.deployment = deployment
            yield
            fhir.deployment = None

    async def state() -> State:
        return "starting" if fhir.deployment is None else await fhir.deployment.state()

    app = Starlette(
        routes=[*_fhir_routes(settings, fhir), *pages(settings, state), *routes],
        middleware=[Middleware(Edge, seconds=settings.request_seconds)],
        exception_handlers={HTTPException: _no_such_page(settings)},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _fhir_routes(settings: Settings, fhir: FhirEndpoint) -> list[BaseRoute]:
    """With one town `/fhir`; with several `/{code}/fhir`, and `/fhir` only to say which towns there are."""
    prefixes = ["/fhir"] if len(settings.municipalities) == 1 else ["/{code}/fhir", "/fhir"]
    return [Route(prefix + rest, fhir) for prefix in prefixes for rest in ("/{path:path}", "")]


def _no_such_page(settings: Settings) -> Callable[[Request, Exception], Awaitable[Response]]:
    told = ", ".join(["/", "/livez", "/readyz", *fhir_bases(settings).values()])

    async def answer(_: Request, failure: Exception) -> Response:
        assert isinstance(failure, HTTPException)
        issue = error(
            "not-found" if failure.status_code == 404 else "not-supported",
            f"Nothing is served at this address in this way. Served: {told}.",
            f"この宛先とメソッドでは何も提供していません。提供しているもの: {told}。",
        )
        body = encode(operation_outcome([issue]))
        return Response(body, failure.status_code, dict(failure.headers or {}), FHIR_JSON)

    return answer
