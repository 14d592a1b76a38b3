"""Conditional creates: look, take local locks of the stripes, look again, then touch the stripes and look inside.

Two writers whose criteria could make the same resource always share a stripe (locks.py), so one of their
transactions runs after the other and finds what the first one made.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from boshi.fhir.search.criteria import Search, TokenValue
from boshi.server.changes import Change, ChangeRefused, Create
from boshi.server.store import refusals
from boshi.server.store.locks import stripes
from boshi.server.store.search import matching_keys
from boshi.server.store.town import Town
from boshi.server.store.transactions import Session


@dataclass(frozen=True, slots=True)
class Condition:
    """The If-None-Exist of the change at `index`; `identifiers` are those of the resource it would make.

    `gone` are the keys that the same transaction deletes: deletes go first, so they match no more.
    """

    index: int
    search: Search
    identifiers: frozenset[str]
    gone: frozenset[str] = frozenset()

    @property
    def stripes(self) -> frozenset[str]:
        """The lock documents of everything that could be the same resource."""
        asked = asked_identifiers(self.search)
        if asked is None:
            return stripes(self.search.resource_type, None)
        return stripes(self.search.resource_type, asked | self.identifiers)


class LocalLocks:
    """The stripes as locks inside this process: writers wait here instead of failing in the database."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def held(self, wanted: frozenset[str]) -> AsyncIterator[None]:
        """All the wanted stripes, always taken in the same order."""
        async with AsyncExitStack() as stack:
            for key in sorted(wanted):
                await stack.enter_async_context(self._locks.setdefault(key, asyncio.Lock()))
            yield


def asked_identifiers(search: Search) -> frozenset[str] | None:
    """The identifier values that anything matching must have one of; None when the criteria do not say."""
    for criterion in search.criteria:
        if criterion.parameter.code != "identifier" or criterion.modifier:
            continue
        codes = [value.code if isinstance(value, TokenValue) else None for value in criterion.values]
        if all(codes):
            return frozenset(code for code in codes if code)
    return None


async def matches(
    town: Town, conditions: Iterable[Condition], session: Session | None = None
) -> dict[int, str]:
    """The key of what each condition matches, by index; none for those that match nothing.

    Raises ChangeRefused 412 where one matches several.
    """
    found: dict[int, str] = {}
    for condition in conditions:
        limit = 2 + len(condition.gone)
        some = await matching_keys(town.resource, condition.search, limit, session=session)
        keys = [key for key in some if key not in condition.gone]
        if len(keys) > 1:
            raise ChangeRefused(condition.index, refusals.several_match(condition.search.resource_type))
        if keys:
            found[condition.index] = keys[0]
    return found


def all_stripes(conditions: Sequence[Condition]) -> frozenset[str]:
    """The lock documents of several conditions together."""
    return frozenset().union(*(condition.stripes for condition in conditions))


def originals(changes: Sequence[Change]) -> dict[int, int]:
    """Creates that repeat the condition of an earlier one, by index: they are the resource that one makes."""
    first: dict[tuple[object, ...], int] = {}
    repeated: dict[int, int] = {}
    for index, change in enumerate(changes):
        if not isinstance(change, Create) or change.if_none_exist is None:
            continue
        asked = (change.if_none_exist.resource_type, *sorted(change.if_none_exist.used))
        original = first.setdefault(asked, index)
        if original != index:
            repeated[index] = original
    return repeated
