"""`_include` and `_revinclude`: resources that rows of a page point to, or that point to them (one level)."""

from collections.abc import Iterable
from typing import Any, Final

from pymongo.asynchronous.cursor import AsyncCursor

from boshi.fhir.outcome import error
from boshi.fhir.search.criteria import Include, Search
from boshi.fhir.search.keys import entry
from boshi.server.refusal import Refused
from boshi.server.store.rows import BODY
from boshi.server.store.search_anchors import KEYS, STRINGS
from boshi.server.store.search_orders import Row
from boshi.server.store.search_plan import MOST_MILLISECONDS, Collection, Session

MOST_INCLUDED: Final = 2_000
MOST_BYTES: Final = 32_000_000
"""Of bodies, that one include may add to a page."""


async def included(
    collection: Collection, search: Search, rows: list[Row], shown: dict[str, int], session: Session
) -> list[Row]:
    """The documents that the includes add to the page, each once and none that is in it.

    `rows` need their entries `s`. Refused (400, too-costly) when there are more than MOST_INCLUDED.
    """
    found = {row["_id"]: row for row in await _forward(collection, search, rows, shown, session)}
    for include in search.revincludes:
        for row in await _backward(collection, include, rows, shown, session):
            found[row["_id"]] = row
        if len(found) > MOST_INCLUDED:
            raise _too_many()
    present = {row["_id"] for row in rows}
    return [row for key, row in sorted(found.items()) if key not in present]


async def _forward(
    collection: Collection, search: Search, rows: list[Row], shown: dict[str, int], session: Session
) -> list[Row]:
    keys = {key for include in search.includes for row in rows for key in _targets(include, row.get("s", ()))}
    if len(keys) > MOST_INCLUDED:
        raise _too_many()
    if not keys:
        return []
    wanted = {"_id": {"$in": sorted(keys)}, "t": {"$exists": True}}
    cursor = collection.find(wanted, shown, hint=KEYS, session=session, max_time_ms=MOST_MILLISECONDS)
    return await _all(cursor)


async def _all(cursor: AsyncCursor[Row]) -> list[Row]:
    rows: list[Row] = []
    size = 0
    async for row in cursor:
        rows.append(row)
        size += len(row[BODY])
        if size > MOST_BYTES:
            await cursor.close()
            raise _too_many()
    return rows


def _targets(include: Include, entries: Iterable[str]) -> set[str]:
    """The keys `Type/id` of local resources that the entries of the reference parameter name."""
    only = include.target or include.parameter.only
    found: set[str] = set()
    for name in include.parameter.storage:
        start = entry(name, "")
        for text in entries:
            type_name, slash, rest = (
                text[len(start) :].partition("/") if text.startswith(start) else ("", "", "")
            )
            if slash and "/" not in rest and ":" not in type_name and only in (None, type_name):
                found.add(f"{type_name}/{rest}")
    return found


async def _backward(
    collection: Collection, include: Include, rows: list[Row], shown: dict[str, int], session: Session
) -> list[Row]:
    if not rows:
        return []
    pointing = [entry(name, row["_id"]) for name in include.parameter.storage for row in rows]
    wanted: dict[str, Any] = {"s": {"$in": pointing}, "t": include.parameter.resource_type}
    cursor = collection.find(
        wanted, shown, hint=STRINGS, limit=MOST_INCLUDED + 1, session=session, max_time_ms=MOST_MILLISECONDS
    )
    return await _all(cursor)


def _too_many() -> Refused:
    return Refused(
        400,
        [
            error(
                "too-costly",
                f"The includes would add more than {MOST_INCLUDED:,} resources or {MOST_BYTES:,} bytes. Lower _count, "
                "or search for the included type by itself.",
                f"_include・_revinclude で1ページに{MOST_INCLUDED:,}件または{MOST_BYTES:,}バイトを超えます。"
                "_count を小さくするか、含めたい型を別に検索してください。",
            )
        ],
    )
