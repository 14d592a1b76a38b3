"""A search run on a town's resources: a page of rows, the total if asked for, where the next page begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.errors import ExecutionTimeout

from boshi.fhir.outcome import error
from boshi.fhir.search.criteria import Search
from boshi.server.changes import Stored
from boshi.server.refusal import Refused
from boshi.server.store.include import included
from boshi.server.store.paging import Cursor, read_cursor, write_cursor
from boshi.server.store.rows import BODY, READ, stored_of
from boshi.server.store.search_anchors import KEYS, anchors
from boshi.server.store.search_orders import ComputedOrder, Order, Position, Row, undivided
from boshi.server.store.search_plan import (
    ENOUGH,
    MOST_MILLISECONDS,
    Collection,
    Plan,
    Session,
    choose,
    counted,
    narrowest,
    whole_condition,
)

Mode = Literal["match", "include"]

_SHOWN: Final = {**READ, "t": 1}
MOST_BYTES: Final = 16_000_000
"""A page ends after so many bytes of bodies, though fewer rows than `_count` are on it."""
_AT_ONCE: Final = 25


@dataclass(frozen=True, slots=True)
class Found:
    """One resource of a page, and why it is there."""

    stored: Stored
    mode: Mode


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`rows`: matches first, then includes. `total` None: not counted.

    The cursors are what `_cursor` carries in a link; None: there is no such page. Orders that follow an
    element of a list (a search by the beginning of a name) have no way back.
    """

    rows: list[Found]
    total: int | None
    next: str | None
    prev: str | None


async def search(collection: Collection, wanted: Search, *, session: Session = None) -> SearchPage:
    """One page of the search, with what it includes.

    Refused: 400 for a broken cursor or a search too costly, 504 when the time limit was reached.
    """
    async with _in_time():
        total = await _total(collection, wanted, session)
        if wanted.only_count:
            return SearchPage([], total, None, None)
        cursor = read_cursor(wanted)
        plan = await choose(collection, wanted, cursor, session)
        rows, positions, more = await _page(collection, plan, cursor, _SHOWN, session)
        after, before = _ends(plan, cursor, positions, more)
        extra = await included(collection, wanted, rows, _SHOWN, session)
        found = [Found(stored_of(row), "match") for row in rows]
        return SearchPage(
            [*found, *(Found(stored_of(row), "include") for row in extra)],
            total,
            write_cursor(wanted, after) if after else None,
            write_cursor(wanted, before) if before else None,
        )


async def count(collection: Collection, wanted: Search, *, session: Session = None) -> int:
    """How many resources match, counted in full within the time limit."""
    async with _in_time():
        return await _count(collection, wanted, 0, session)


async def matching_keys(
    collection: Collection, wanted: Search, limit: int, *, session: Session = None
) -> list[str]:
    """The keys `Type/id` of up to `limit` matches, in no order: whether a conditional interaction has one."""
    async with _in_time():
        anchor = await narrowest(collection, wanted, anchors(wanted), session)
        found = collection.find(
            whole_condition(wanted, anchor),
            {"_id": 1},
            hint=anchor.index,
            limit=limit,
            session=session,
            max_time_ms=MOST_MILLISECONDS,
        )
        return [row["_id"] async for row in found]


async def _total(collection: Collection, wanted: Search, session: Session) -> int | None:
    if wanted.total == "accurate" or wanted.only_count:
        return await _count(collection, wanted, 0, session)
    if wanted.total == "none":
        return None
    few = await _count(collection, wanted, ENOUGH, session)
    return few if few < ENOUGH else await _soon_counted(collection, wanted, session)


async def _soon_counted(collection: Collection, wanted: Search, session: Session) -> int | None:
    """The exact count if it takes a quarter of a second at most; an estimate may also be left out."""
    try:
        return await _count(collection, wanted, 0, session, milliseconds=250)
    except ExecutionTimeout:
        return None


async def _count(
    collection: Collection,
    wanted: Search,
    most: int,
    session: Session,
    milliseconds: int = MOST_MILLISECONDS,
) -> int:
    anchor = await narrowest(collection, wanted, anchors(wanted), session)
    condition = whole_condition(wanted, anchor)
    if len(anchor.covers) == len(wanted.criteria) and anchor.rank < 8:
        condition = anchor.condition
    return await counted(collection, condition, anchor, most, session, milliseconds)


async def _page(
    collection: Collection, plan: Plan, cursor: Cursor | None, shown: dict[str, int], session: Session
) -> tuple[list[Row], list[Position], bool]:
    """Up to `count` rows in the order of the plan, their positions, and whether more lie beyond."""
    position, back = (cursor.values, cursor.back) if cursor else (None, False)
    size = plan.search.count
    if isinstance(plan.order, ComputedOrder):
        rows, positions = await _computed(collection, plan, plan.order, position, back, shown, session)
    else:
        rows = await _walked(collection, plan, plan.order, position, back, shown, session)
        positions = [plan.order.position(row) for row in rows]
    more = len(positions) > size or _is_full(rows)
    rows, positions = rows[:size], positions[:size]
    return (rows[::-1], positions[::-1], more) if back else (rows, positions, more)


async def _walked(
    collection: Collection,
    plan: Plan,
    order: Order,
    position: Position | None,
    back: bool,
    shown: dict[str, int],
    session: Session,
) -> list[Row]:
    fields = {**shown, **dict.fromkeys(order.fields, 1), **({"s": 1} if plan.search.includes else {})}
    rows: list[Row] = []
    for phase in order.phases(position, back):
        wanted = {"$and": [plan.condition, phase.condition]} if phase.condition else plan.condition
        if phase.sort is None:
            wanted = undivided(wanted)
        found = collection.find(
            wanted,
            fields,
            sort=phase.sort,
            hint=phase.index or plan.anchor.index,
            limit=plan.search.count + 1 - len(rows),
            session=session,
            max_time_ms=MOST_MILLISECONDS,
        )
        await _take(found, rows)
        if len(rows) > plan.search.count or _is_full(rows):
            break
    return rows


async def _take(found: AsyncCursor[Row], rows: list[Row]) -> None:
    """Add rows until the page is full: a thousand of the largest would not fit into memory."""
    size = _size(rows)
    async for row in found:
        rows.append(row)
        size += len(row[BODY])
        if size >= MOST_BYTES:
            await found.close()
            return


def _enough(rows: list[Row]) -> int:
    """How many of the rows fill a page."""
    sizes = accumulate(len(row[BODY]) for row in rows)
    return next((number for number, size in enumerate(sizes, 1) if size >= MOST_BYTES), len(rows))


def _size(rows: list[Row]) -> int:
    return sum(len(row[BODY]) for row in rows)


def _is_full(rows: list[Row]) -> bool:
    return _size(rows) >= MOST_BYTES


async def _computed(
    collection: Collection,
    plan: Plan,
    order: ComputedOrder,
    position: Position | None,
    back: bool,
    shown: dict[str, int],
    session: Session,
) -> tuple[list[Row], list[Position]]:
    stages = [{"$match": plan.condition}, *order.stages(position, back, plan.search.count + 1)]
    cursor = await collection.aggregate(
        stages, hint=dict(plan.anchor.index), session=session, maxTimeMS=MOST_MILLISECONDS
    )
    keys = await cursor.to_list(None)
    fields = {**shown, **({"s": 1} if plan.search.includes else {})}
    rows: list[Row] = []
    positions: list[Position] = []
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        wanted = {"_id": {"$in": [row["_id"] for row in part]}}
        found = collection.find(wanted, fields, hint=KEYS, session=session)
        standing = {row["_id"]: row async for row in found if "t" in row}
        kept = [row for row in part if row["_id"] in standing]
        rows += [standing[row["_id"]] for row in kept]
        positions += [order.position(row) for row in kept]
        if _is_full(rows):
            break
    enough = _enough(rows)
    return rows[:enough], positions[:enough]


def _ends(
    plan: Plan, cursor: Cursor | None, positions: list[Position], more: bool
) -> tuple[Cursor | None, Cursor | None]:
    """The cursors after the last and before the first row of the page."""
    if not positions:
        return None, None
    back = cursor is not None and cursor.back
    reversible = isinstance(plan.order, ComputedOrder) or plan.order.reversible
    after = Cursor(plan.name, positions[-1]) if more or back else None
    first_page = cursor is None or (back and not more)
    before = Cursor(plan.name, positions[0], back=True) if reversible and not first_page else None
    return after, before


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        yield
    except ExecutionTimeout as slow:
        raise Refused(
            504,
            [
                error(
                    "too-costly",
                    f"The search did not end within {MOST_MILLISECONDS // 1000} seconds. Narrow it by a "
                    "patient, a code or a date, and do not ask for _total=accurate.",
                    f"検索が{MOST_MILLISECONDS // 1000}秒以内に終わりませんでした。患者・コード・"
                    "日付で絞り込み、_total=accurate を外してください。",
                )
            ],
        ) from slow
