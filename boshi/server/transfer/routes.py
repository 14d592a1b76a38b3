"""The door between towns, beside the FHIR base: `/transfer` with one town, `/{code}/transfer` with several.

It is a door of its own so that a town can open it, and nothing else, to the line between municipalities.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Issue, Problems, Resource, error, operation_outcome
from boshi.server.refusal import Refused
from boshi.server.transfer.answering import confirm, fetch, receive, status
from boshi.server.transfer.cases import TRANSFER_DESK, Case, task_of
from boshi.server.transfer.towns import Directory

if TYPE_CHECKING:
    from boshi.server.repository import Repository

FHIR_JSON = "application/fhir+json"
LARGEST_REQUEST = 200_000
RETRY_AFTER = "60"
_HEADERS = {"cache-control": "no-store"}
_Answer: TypeAlias = Callable[["Repository", Request], Awaitable[Response]]


def transfer_routes(
    repository_for: "Callable[[Request, str], Repository]", codes: tuple[str, ...], directory: Directory
) -> list[BaseRoute]:
    """The routes of the door. `repository_for(request, code)` gives the town's repository.

    It must carry the requester `TRANSFER_DESK`, whoever the caller is: the journal of the town that is asked
    must not learn who asked.
    """
    door = _Door(repository_for, codes, directory)
    prefix = "/transfer" if len(codes) == 1 else "/{code}/transfer"
    return [
        Route(f"{prefix}/requests", door.serve(door.take), methods=["POST"]),
        Route(f"{prefix}/requests/{{id}}", door.serve(_tell), methods=["GET"]),
        Route(f"{prefix}/requests/{{id}}/document", door.serve(_give), methods=["GET"]),
        Route(f"{prefix}/requests/{{id}}/receipt", door.serve(_note), methods=["POST"]),
    ]


class _Door:
    def __init__(
        self,
        repository_for: "Callable[[Request, str], Repository]",
        codes: tuple[str, ...],
        directory: Directory,
    ) -> None:
        self._repository_for = repository_for
        self._codes = codes
        self._directory = directory

    def serve(self, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that finds the town and turns a refusal into an OperationOutcome."""

        async def endpoint(request: Request) -> Response:
            try:
                return await answer(self._repository(request), request)
            except Refused as refused:
                body = encode(operation_outcome(refused.issues))
                return Response(body, refused.status, {**_HEADERS, **refused.headers}, FHIR_JSON)

        return endpoint

    def _repository(self, request: Request) -> "Repository":
        code = request.path_params.get("code", self._codes[0])
        if code not in self._codes:
            raise Refused(404, [_no_such_town()])
        repository = self._repository_for(request, code)
        if repository.requester != TRANSFER_DESK:
            raise Refused(500, [_wrong_requester()])
        return repository

    async def take(self, repository: "Repository", request: Request) -> Response:
        """202 and a Task, alike for every person."""
        case = await receive(repository, self._directory, await _body(request))
        location = f"{request.url.path}/{case.id}"
        headers = {"content-location": location, "retry-after": RETRY_AFTER}
        return _task(case, 202, headers)


async def _tell(repository: "Repository", request: Request) -> Response:
    return _task(await status(repository, request.path_params["id"]), 200, {"retry-after": RETRY_AFTER})


async def _give(repository: "Repository", request: Request) -> Response:
    case, body = await fetch(repository, request.path_params["id"])
    return Response(body, 200, {**_HEADERS, "etag": f'"{case.digest}"'}, FHIR_JSON)


async def _note(repository: "Repository", request: Request) -> Response:
    told = await _body(request)
    digests = [item.get("valueString") for item in _parameters(told) if item.get("name") == "sha256"]
    return _task(await confirm(repository, request.path_params["id"], str(next(iter(digests), ""))), 200, {})


def _parameters(told: Resource) -> list[dict[str, Any]]:
    items = told.get("parameter")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _task(case: Case, status: int, headers: dict[str, str]) -> Response:
    return Response(encode(task_of(case)), status, {**_HEADERS, **headers}, FHIR_JSON)


async def _body(request: Request) -> Resource:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_REQUEST:
            raise Refused(413, [_too_large()])
    decoded = decode(bytes(body))
    if isinstance(decoded, Problems):
        raise Refused(400, decoded.issues)
    return decoded


def _no_such_town() -> Issue:
    return error(
        "not-found", "This server does not serve that town.", "その自治体はこのサーバーにありません。"
    )


def _wrong_requester() -> Issue:
    return error("exception", "The door is set up wrongly.", "照会窓口の設定が正しくありません。")


def _too_large() -> Issue:
    return error(
        "too-long",
        f"A request or receipt has at most {LARGEST_REQUEST} bytes.",
        f"照会と受領通知は {LARGEST_REQUEST} バイトまでです。",
    )
