"""The ASGI endpoint of a town's FHIR base: from scope to call, from answer to bytes."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from boshi.fhir.codec import decode
from boshi.fhir.outcome import Issue, Resource, error
from boshi.server.addresses import Addresses, fhir_bases
from boshi.server.body import read_body
from boshi.server.call import Answer, Call, Handler, usable
from boshi.server.edge import send_bytes, send_refusal
from boshi.server.failures import database_away
from boshi.server.negotiation import check_encoding, check_sent, check_wanted, is_form
from boshi.server.refusal import Refused
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.routing import Match, Routed, Routes
from boshi.server.settings import Settings

if TYPE_CHECKING:
    from boshi.server.deployment import Deployment


class FhirEndpoint:
    """Answers everything below `/fhir` of one town, or below `/{code}/fhir` of several."""

    def __init__(self, settings: Settings, routes: Routes, statement: Callable[[str], bytes]) -> None:
        self.settings = settings
        self.routes = routes
        self.statement = statement
        self.addresses = Addresses(settings)
        self._paths = fhir_bases(settings)
        self.deployment: Deployment | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a refusal becomes its OperationOutcome here, anything else at the edge."""
        with_body = scope["method"] != "HEAD"
        try:
            answer = await self._answer(scope, receive)
        except Refused as refusal:
            await send_refusal(send, refusal, with_body=with_body)
        else:
            await send_bytes(send, answer.status, answer.body, answer.headers, with_body=with_body)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        values = scope["path_params"]
        code = self._town(values.get("code", ""))
        base = self.addresses.base(scope["scheme"], headers.get("host", ""), self._paths[code])
        query = scope["query_string"].decode("latin-1")
        check_wanted(headers.get("accept", ""), query)
        match, rows = self.routes.find(scope["method"], values.get("path", "").rstrip("/"))
        scope["boshi.town"], scope["boshi.route"] = code, _route(match)
        call = self._call(scope, base, code, headers, receive)
        handler = await _choose(rows, call)
        return await handler(_at(call, match))

    def _call(self, scope: Scope, base: str, code: str, headers: Mapping[str, str], receive: Receive) -> Call:
        body = _Body(receive, headers, self.settings.max_body_bytes)
        return Call(
            method=scope["method"],
            base=base,
            repository=self._deployed().repository(code, LOCAL_ADMINISTRATOR),
            load=body.resource,
            form=body.form,
            dispatch=self.dispatch,
            headers=headers,
            query=scope["query_string"].decode("latin-1"),
            statement=self.statement,
            request_id=scope.get("boshi.request", ""),
        )

    async def dispatch(self, call: Call, path: str) -> Answer:
        """Carry out a call that stands in a Bundle, at `path` below the base."""
        match, rows = self.routes.find(call.method, path)
        if rows[0].bundle_type:
            raise Refused(400, [_bundle_in_bundle()])
        return await rows[0].handle(_at(call, match))

    def _deployed(self) -> "Deployment":
        if self.deployment is None or not self.deployment.ready:
            raise database_away()
        return self.deployment

    def _town(self, code: str) -> str:
        served = self.settings.municipalities
        if len(served) == 1 and not code:
            return served[0]
        if len(served) > 1 and code in served:
            return code
        raise Refused(404, [_no_such_town(code, served)])


class _Body:
    """The body of one request, read when a handler asks for it."""

    def __init__(self, receive: Receive, headers: Mapping[str, str], limit: int) -> None:
        self._receive = receive
        self._headers = headers
        self._limit = limit
        self._resource: Resource | None = None

    async def resource(self) -> Resource:
        if self._resource is None:
            headers = self._headers
            check_sent(headers.get("content-type", ""), headers.get("content-encoding", ""))
            decoded: Resource = usable(decode(await read_body(self._receive, headers, self._limit)))
            self._resource = decoded
        return self._resource

    async def form(self) -> str:
        headers = self._headers
        check_encoding(headers.get("content-encoding", ""))
        body = await read_body(self._receive, headers, self._limit)
        if body and not is_form(headers.get("content-type", "")):
            raise Refused(415, [_not_a_form(headers.get("content-type", ""))])
        return body.decode("latin-1")


async def _choose(rows: tuple[Routed, ...], call: Call) -> Handler:
    """The handler of the row; where several share the address, the one for the Bundle that was sent."""
    if not rows[0].bundle_type:
        return rows[0].handle
    bundle = await call.load()
    if bundle.get("resourceType") == "Bundle":
        for row in rows:
            if row.bundle_type == bundle.get("type"):
                return row.handle
    raise Refused(400, [_no_such_bundle(bundle, [row.bundle_type for row in rows])])


def _at(call: Call, match: Match) -> Call:
    values = match.values
    call.type = values.get("type", "")
    call.id = values.get("id", "")
    call.version = values.get("version", "")
    return call


def _route(match: Match) -> str:
    return match.template.replace("{type}", match.values.get("type", ""))


def _no_such_town(code: str, served: tuple[str, ...]) -> Issue:
    told = ", ".join(f"/{each}/fhir" for each in served) if len(served) > 1 else "/fhir"
    return error(
        "not-found",
        f"No town {code[:16]!r} is served here. Served: {told}." if code else f"Name the town. Served: {told}.",
        f"団体コード {code[:16]!r} は対象外です。対象: {told}。" if code else f"団体コードを付けてください: {told}",
    )  # fmt: skip


def _no_such_bundle(bundle: Resource, types: list[str]) -> Issue:
    found = f"{str(bundle.get('resourceType'))[:40]} of type {str(bundle.get('type'))[:40]}"
    return error(
        "invalid",
        f"The base takes a Bundle of type {' or '.join(types)}; found {found}. Post a single resource to its type.",
        f"ベースに送れるのは {'、'.join(types)} の Bundle です({found} でした)。"
        "単独のリソースはその型の宛先に送ってください。",
        "Bundle.type" if bundle.get("resourceType") == "Bundle" else "resourceType",
    )


def _bundle_in_bundle() -> Issue:
    return error(
        "not-supported",
        "A batch or transaction cannot stand in an entry. Send each Bundle by itself.",
        "batch や transaction を entry の中に入れることはできません。Bundle ごとに送ってください。",
    )


def _not_a_form(content_type: str) -> Issue:
    return error(
        "not-supported",
        f"_search takes a form; found Content-Type: {content_type[:80] or '(none)'}. "
        "Send application/x-www-form-urlencoded.",
        f"_search に送るのはフォームです(Content-Type: {content_type[:80] or '(なし)'})。"
        "application/x-www-form-urlencoded で送ってください。",
    )
