"""What already stands in a town, asked for many resources at once by who writes many."""

from collections.abc import AsyncIterator, Mapping, Sequence

from boshi.fhir.search.keys import entry, name, starting, token_value
from boshi.profiles.systems import atena, record
from boshi.server.changes import Stored
from boshi.server.store.rows import DELETED, DIGEST, KEY, PATIENT, READ, STRINGS, TYPE, UPDATED, stored_of
from boshi.server.store.town import Town

_EVERY_RECORD = record("")
_RECORD_TYPES = ("Patient", "RelatedPerson", "EpisodeOfCare", "Encounter", "Observation", "Immunization")


async def digests(town: Town, keys: Sequence[str]) -> dict[str, bytes]:
    """The digest of each of these keys that stands; a deleted resource does not."""
    shown = {DIGEST: 1, DELETED: 1}
    found = town.resource.find({KEY: {"$in": sorted(set(keys))}}, shown, batch_size=len(keys) + 1)
    return {row[KEY]: row[DIGEST] async for row in found if not row.get(DELETED)}


async def keys_by_identifier(town: Town, wanted: Mapping[tuple[str, str, str], str]) -> dict[str, str]:
    """Which resource bears an identifier: `wanted` names a label by (type, system, value); label -> key."""
    labels = {
        entry(name(kind, "identifier"), token_value(system, value)): label
        for (kind, system, value), label in wanted.items()
    }
    if not labels:
        return {}
    found = town.resource.find({STRINGS: {"$in": sorted(labels)}}, {STRINGS: 1})
    bearing: dict[str, str] = {}
    async for row in found:
        for text in row[STRINGS]:
            if text in labels:
                bearing.setdefault(labels[text], row[KEY])
    return bearing


async def holds_records_of_others(town: Town) -> bool:
    """Whether any record here was first made by another town."""
    own = record(town.code)
    for kind in _RECORD_TYPES:
        low, end = starting(name(kind, "identifier"), token_value(_EVERY_RECORD, "")[:-1])
        mine, after_mine = starting(name(kind, "identifier"), token_value(own, ""))
        for bounds in ({"$gte": low, "$lt": mine}, {"$gte": after_mine, "$lt": end}):
            if await town.resource.find_one({STRINGS: {"$elemMatch": bounds}}, {KEY: 1}):
                return True
    return False


async def provenances_of(town: Town, keys: Sequence[str]) -> AsyncIterator[Stored]:
    """The Provenances that have any of these keys as target, newest first."""
    marks = [entry(name("Provenance", "target"), key) for key in keys]
    found = town.resource.find({STRINGS: {"$in": marks}, TYPE: "Provenance"}, READ)
    async for row in found.sort(UPDATED, -1):
        yield stored_of(row)


async def scan(town: Town, resource_type: str, batch: int = 500) -> AsyncIterator[Stored]:
    """Every standing resource of a type in the order of keys, without holding them."""
    low, high = f"{resource_type}/", f"{resource_type}0"
    found = town.resource.find({KEY: {"$gte": low, "$lt": high}, TYPE: resource_type}, READ, batch_size=batch)
    async for row in found.sort(KEY, 1):
        yield stored_of(row)


async def people_in_order(town: Town) -> AsyncIterator[Stored]:
    """Every Patient that has a 宛名番号 of this town, by that number, streamed."""
    low, end = starting(name("Patient", "identifier"), token_value(atena(town.code), ""))
    bounds = {"$gte": low, "$lt": end}
    async for row in town.resource.find(
        {STRINGS: {"$elemMatch": bounds}}, READ, hint="strings", batch_size=200
    ):
        yield stored_of(row)


async def of_patients(town: Town, ids: Sequence[str]) -> list[Stored]:
    """Everything that is about any of these patients, and the patients themselves."""
    found = town.resource.find({PATIENT: {"$in": sorted(set(ids))}}, READ)
    return [stored_of(row) for row in await found.to_list()]
