"""Reading through the repository: all resources that a search finds, decoded."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from boshi.fhir.codec import decode
from boshi.fhir.outcome import Problems, Resource
from boshi.fhir.search.query import parse_search
from boshi.server.refusal import Refused

if TYPE_CHECKING:
    from boshi.server.repository import Kept, Repository, Stored

PAGE = "500"


def decoded(stored: "Stored") -> Resource:
    """The resource of a stored version."""
    resource = decode(stored.body)
    if isinstance(resource, Problems):
        raise Refused(500, resource.issues)
    return resource


async def read_resource(repository: "Repository", type: str, id: str) -> Resource | None:
    """The current resource, None when there is none or it was deleted."""
    stored = await repository.read(type, id)
    return None if stored is None or stored.deleted else decoded(stored)


async def read_resources(repository: "Repository", keys: Iterable[str]) -> dict[str, Resource]:
    """The current resources of these "Type/id", without those that are missing or deleted."""
    found = await repository.read_many(list(keys))
    return {key: decoded(stored) for key, stored in found.items() if not stored.deleted}


async def find_each(
    repository: "Repository", type: str, parameters: Iterable[tuple[str, str]]
) -> AsyncIterator[Resource]:
    """Every resource of `type` that the search parameters find, page after page."""
    search = parse_search(type, [*parameters, ("_count", PAGE)])
    if isinstance(search, Problems):
        raise Refused(500, search.issues)
    cursor: str | None = None
    while True:
        page = await repository.search(replace(search, cursor=cursor) if cursor else search)
        for row in page.rows:
            if row.mode == "match":
                yield decoded(row.stored)
        cursor = page.next
        if cursor is None:
            return


async def find_all(
    repository: "Repository", type: str, parameters: Iterable[tuple[str, str]]
) -> list[Resource]:
    """All of `find_each` in a list."""
    return [item async for item in find_each(repository, type, parameters)]


async def every_kept(repository: "Repository", desk: str) -> list["Kept"]:
    """Every value on a desk, in the order of the keys."""
    kept: list[Kept] = []
    while page := await repository.desk(desk).find(after=kept[-1].key if kept else ""):
        kept += page
    return kept
