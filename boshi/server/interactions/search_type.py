"""search-type, by GET and by POST _search (R4 search §3.1.1): a page of stored bytes, joined."""

from typing import Final
from urllib.parse import urlencode

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Issue, operation_outcome
from boshi.fhir.search.criteria import Search
from boshi.fhir.search.query import parse_search
from boshi.server.bundles.joined import bundle, entry
from boshi.server.call import Answer, Call, query_parameters, usable

CURSOR: Final = "_cursor"


async def search_by_get(call: Call) -> Answer:
    """GET {type}?… A searchset with self and, where more is to come, next."""
    return await _search(call, call.parameters())


async def search_by_post(call: Call) -> Answer:
    """POST {type}/_search: parameters of the form and of the address together."""
    form = query_parameters(await call.form()) if call.form is not None else []
    return await _search(call, call.parameters() + form)


async def _search(call: Call, pairs: list[tuple[str, str]]) -> Answer:
    search: Search = usable(parse_search(call.type, pairs, lenient=call.prefer.lenient, bases=call.bases))
    page = await call.repository.search(search)
    entries = [
        entry(
            full_url=call.url(row.stored.type, row.stored.id), resource=row.stored.body, search_mode=row.mode
        )
        for row in page.rows
    ]
    if search.ignored:
        entries.append(entry(resource=_ignored(search), search_mode="outcome"))
    links = _links(call, search, [("previous", page.prev), ("next", page.next)])
    return Answer(200, bundle("searchset", entries, total=page.total, links=links))


def _links(call: Call, search: Search, others: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    used = list(search.used)
    here = [*used, (CURSOR, search.cursor)] if search.cursor else used
    links = [("self", _address(call, here))]
    for relation, cursor in others:
        if cursor is not None:
            links.append((relation, _address(call, [*used, (CURSOR, cursor)])))
    return links


def _address(call: Call, pairs: list[tuple[str, str]]) -> str:
    query = urlencode(pairs, safe=":|,$/")
    return f"{call.base}/{call.type}?{query}" if query else f"{call.base}/{call.type}"


def _ignored(search: Search) -> bytes:
    names = ", ".join(search.ignored)
    return encode(operation_outcome([Issue(
        "warning",
        "not-supported",
        f"Passed over, as handling=lenient asks: {names}. The result is as if they had not been given.",
        f"handling=lenient により無視しました: {names}。指定がなかったものとして検索しています。",
    )]))  # fmt: skip
