"""Records put straight into a town's collection, with given times: what a search test starts from."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from boshi.fhir.search.criteria import Search
from boshi.fhir.search.query import parse_search
from boshi.server.admission import admit
from boshi.server.repository import Repository
from boshi.server.store.rows import current_row, instant
from boshi.server.store.search import SearchPage, search
from boshi.server.store.town import Collection

Resource = dict[str, Any]
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)


def collection(town: Repository) -> Collection:
    """The town's collection of current resources."""
    return town._town.resource


async def place(town: Repository, resources: Iterable[Resource], *, seed: int = 1) -> None:
    """Insert the resources as version 1, last updated at their own meta.lastUpdated or on 2026-11-01."""
    chance = random.Random(seed)
    rows = []
    for resource in resources:
        told = resource.get("meta", {}).get("lastUpdated")
        updated = datetime.fromisoformat(told) if told else WRITTEN
        admitted = admit(resource)
        body = admitted.body(1, instant(updated))
        rows.append(current_row(admitted, 1, updated, chance.getrandbits(63), body, "PUT"))
    if rows:
        await collection(town).insert_many(rows, ordered=False)


def asked(resource_type: str, *params: tuple[str, str]) -> Search:
    """The search of these parameters, which must be right."""
    parsed = parse_search(resource_type, params, bases=("https://kitakyushu.example.jp/fhir",))
    assert isinstance(parsed, Search), parsed
    return parsed


async def page(town: Repository, resource_type: str, *params: tuple[str, str]) -> SearchPage:
    """One page."""
    return await search(collection(town), asked(resource_type, *params))


async def ids(town: Repository, resource_type: str, *params: tuple[str, str]) -> list[str]:
    """The ids of the matches on the first page, in its order."""
    found = await page(town, resource_type, *params)
    return [row.stored.id for row in found.rows if row.mode == "match"]


async def pages(town: Repository, resource_type: str, *params: tuple[str, str]) -> list[list[str]]:
    """The ids of every page, following `next`."""
    found: list[list[str]] = []
    cursor: str | None = None
    while True:
        with_cursor = params if cursor is None else (*params, ("_cursor", cursor))
        answer = await page(town, resource_type, *with_cursor)
        found.append([row.stored.id for row in answer.rows if row.mode == "match"])
        cursor = answer.next
        if cursor is None:
            return found
