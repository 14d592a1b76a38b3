"""How a search is run: from which index, in which order. Chosen by counting, with a bound on every count."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from boshi.fhir.outcome import error
from boshi.fhir.search.criteria import Search, Sort
from boshi.server.refusal import Refused
from boshi.server.store.paging import Cursor
from boshi.server.store.search_anchors import Anchor, anchors
from boshi.server.store.search_filters import Condition, condition
from boshi.server.store.search_keys import sort_key
from boshi.server.store.search_orders import ComputedOrder, Order

Collection = AsyncCollection[dict[str, Any]]
Session = AsyncClientSession | None

MOST_MILLISECONDS: Final = 10_000
"""How long MongoDB works on one command before it gives up."""
ENOUGH: Final = 1_001
"""Where a count that only guides a choice stops."""
MOST_SORTED: Final = 10_000
"""How many rows may be read to be put in an order that no index has."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An anchor, and the order it is read in: one of its own, or a computed one."""

    anchor: Anchor
    order: Order | ComputedOrder
    search: Search

    @property
    def name(self) -> str:
        """What a cursor calls the plan: the next page must be read the same way."""
        return f"{self.anchor.name}/{self.order.name}"

    @property
    def condition(self) -> Condition:
        """The whole filter: the anchor's condition first, the type, and what the anchor does not answer."""
        return whole_condition(self.search, self.anchor)


def whole_condition(search: Search, anchor: Anchor) -> Condition:
    """The filter of a search that is run from the anchor."""
    rest = [condition(each) for at, each in enumerate(search.criteria) if at not in anchor.covers]
    parts: list[Condition] = [*([anchor.condition] if anchor.condition else []), {"t": search.resource_type}]
    return {"$and": [*parts, *rest]} if rest or "$and" in anchor.condition else anchor.condition | parts[-1]


async def choose(collection: Collection, search: Search, cursor: Cursor | None, session: Session) -> Plan:
    """The plan of a search: the one its cursor names, else the best. Refused (400) when none is cheap."""
    found = anchors(search)
    if cursor is not None:
        return _planned(search, found, cursor.order)
    if search.sort:
        return await _sorted_plan(collection, search, found, session)
    anchor = await narrowest(collection, search, found, session)
    if anchor.orders:
        return Plan(anchor, anchor.orders[0], search)
    return await _computed_or_walk(collection, search, anchor, found, session)


async def narrowest(
    collection: Collection, search: Search, found: Sequence[Anchor], session: Session
) -> Anchor:
    """The anchor that hands out the fewest rows, as far as counts up to ENOUGH tell; else the best guess."""
    bounded = [anchor for anchor in found if anchor.condition and anchor.name != "sorted"]
    if not bounded:
        return found[0]
    if len(bounded) == 1 or min(anchor.rank for anchor in bounded) <= 1:
        return min(bounded, key=lambda anchor: anchor.rank)
    counts = await _counts(collection, search, bounded, session)
    return min(zip(counts, bounded, strict=True), key=lambda each: (each[0], each[1].rank))[1]


async def _counts(collection: Collection, search: Search, found: list[Anchor], session: Session) -> list[int]:
    counting = [counted(collection, _alone(search, anchor), anchor, ENOUGH, session) for anchor in found]
    if session is None:
        return await asyncio.gather(*counting)
    return [await each for each in counting]


def _alone(search: Search, anchor: Anchor) -> Condition:
    """The anchor's own condition; entries carry their type, the timelines need it said."""
    return {"$and": [{"t": search.resource_type}, anchor.condition]} if anchor.rank >= 8 else anchor.condition


async def counted(
    collection: Collection,
    condition: Condition,
    anchor: Anchor,
    most: int,
    session: Session,
    milliseconds: int = MOST_MILLISECONDS,
) -> int:
    """How many documents meet the condition, counted up to `most` (0: all)."""
    limited = {"limit": most} if most else {}
    return await collection.count_documents(
        condition, session, None, hint=anchor.index, maxTimeMS=milliseconds, **limited
    )


async def _sorted_plan(collection: Collection, search: Search, found: list[Anchor], session: Session) -> Plan:
    anchor = await narrowest(collection, search, found, session)
    for each in [anchor] if anchor.condition else found:
        order = _native(search.sort, each.orders)
        if order is not None:
            return Plan(each, order, search)
    return await _computed_or_walk(collection, search, anchor, found, session)


def _native(sort: tuple[Sort, ...], orders: tuple[Order, ...]) -> Order | None:
    """The order of an index that is the one asked for."""
    if len(sort) != 1:
        return None
    wanted = _order_name(sort[0])
    return next((order for order in orders if order.name == wanted), None)


def _order_name(sort: Sort) -> str:
    sign = "-" if sort.descending else ""
    if sort.parameter.clinical:
        return f"{sign}k"
    if sort.parameter.type == "string":
        return f"{sign}o:{sort.parameter.storage[0].partition('.')[2]}"
    return f"{sign}{'u' if sort.parameter.code == '_lastUpdated' else sort.parameter.code}"


async def _computed_or_walk(
    collection: Collection, search: Search, anchor: Anchor, found: list[Anchor], session: Session
) -> Plan:
    """Few rows are sorted by computing; of many, a timeline that has the order meets a page soon enough."""
    rows = await counted(collection, whole_condition(search, anchor), anchor, MOST_SORTED + 1, session)
    if rows <= MOST_SORTED:
        return Plan(anchor, _computed(search), search)
    walks = [each for each in found if each.name in ("clinical", "updated", "sorted")]
    for walk in walks:
        order = _native(search.sort, walk.orders) if search.sort else walk.orders[0]
        if order is not None:
            return Plan(walk, order, search)
    raise _too_costly()


def _computed(search: Search) -> ComputedOrder:
    if not search.sort:
        return ComputedOrder("computed", (("$k", True),))
    return ComputedOrder("computed", tuple((sort_key(sort), sort.descending) for sort in search.sort))


def _planned(search: Search, found: list[Anchor], name: str) -> Plan:
    anchor_name, _, order_name = name.partition("/")
    for anchor in found:
        orders: list[Order | ComputedOrder] = [*anchor.orders, _computed(search)]
        for order in orders:
            if (anchor.name, order.name) == (anchor_name, order_name):
                return Plan(anchor, order, search)
    raise Refused(
        400,
        [
            error(
                "invalid",
                "The page cursor names an order this search does not have. Begin again with the first page.",
                "ページのカーソルの並び順はこの検索にありません。最初のページからやり直してください。",
            )
        ],
    )


def _too_costly() -> Refused:
    return Refused(
        400,
        [
            error(
                "too-costly",
                f"More than {MOST_SORTED:,} resources match and no index has the order of _sort. Narrow the "
                "search, or sort by _lastUpdated or the type's date.",
                f"該当が{MOST_SORTED:,}件を超え、_sort の順の索引がありません。条件を加えるか、"
                "_lastUpdated か日付で並べてください。",
            )
        ],
    )
