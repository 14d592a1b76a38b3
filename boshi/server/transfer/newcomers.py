"""The town that asks: who came from another town and was not asked for yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from boshi.fhir.outcome import Resource
from boshi.server.changes import Change, DeskPut
from boshi.server.transfer.finding import every_kept, find_each, read_resources
from boshi.server.transfer.outgoing import ASKED, asked_key
from boshi.server.transfer.person import (
    atena_number,
    display_name,
    kana_name,
    protections,
    residence,
)
from boshi.server.transfer.protection import is_protected, labelled_people

if TYPE_CHECKING:
    from boshi.server.repository import Repository

NEWCOMERS: Final = "transfer-newcomer"
_LOOKED: Final = "transfer-looked"
_OVERLAP: Final = timedelta(minutes=10)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whom this town may ask another town about. `protected`, they or somebody of their family or address:
    it is an officer who decides whether to ask.
    """

    patient: str
    atena: str
    name: str
    kana: str
    birth_date: str
    entry_date: str
    entry_reason: str
    former_municipality: str
    former_address: str
    protected: bool


async def pending(repository: "Repository") -> list[Newcomer]:
    """Residents whose entry names a former 団体コード that was not asked yet, oldest entry first.

    Looks only at persons changed since it looked last, and remembers whom it found.
    """
    await _look(repository)
    ids = [found.key for found in await every_kept(repository, NEWCOMERS)]
    people = await read_resources(repository, [f"Patient/{id}" for id in ids])
    labelled = await labelled_people(repository)
    came = [(newcomer(repository.town_code, person), person) for person in people.values()]
    waiting = [
        replace(one, protected=await is_protected(repository, person, labelled))
        for one, person in came
        if one is not None and not await _was_asked(repository, one)
    ]
    return sorted(waiting, key=lambda one: (one.entry_date, one.atena))


async def _was_asked(repository: "Repository", one: Newcomer) -> bool:
    key = asked_key(one.patient, one.former_municipality)
    return await repository.desk(ASKED).get(key) is not None


def newcomer(code: str, person: Resource) -> Newcomer | None:
    """The newcomer that a Patient of the town `code` is, None for one who did not come from another town."""
    lived = residence(person)
    if not lived.former_municipality or lived.former_municipality == code or not lived.entry_reason:
        return None
    return Newcomer(
        patient=str(person["id"]),
        atena=atena_number(person, code) or "",
        name=display_name(person),
        kana=kana_name(person),
        birth_date=str(person.get("birthDate", "")),
        entry_date=lived.entry_date,
        entry_reason=lived.entry_reason,
        former_municipality=lived.former_municipality,
        former_address=lived.former_address,
        protected=bool(protections(person)),
    )


async def _look(repository: "Repository") -> None:
    now = datetime.now(UTC)
    desk = repository.desk(_LOOKED)
    last = await desk.get("since")
    since = [("_lastUpdated", f"ge{last.value['at']}")] if last else []
    found: list[str] = []
    async for person in find_each(repository, "Patient", since):
        if newcomer(repository.town_code, person) is not None:
            found.append(str(person["id"]))
        if len(found) >= _BATCH:
            await _remember(repository, found)
            found.clear()
    at = (now - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    await _remember(repository, found, DeskPut(_LOOKED, "since", {"at": at}))


async def _remember(repository: "Repository", ids: Sequence[str], *more: Change) -> None:
    changes: list[Change] = [DeskPut(NEWCOMERS, id, {}) for id in ids]
    if changes or more:
        await repository.transact([*changes, *more])
