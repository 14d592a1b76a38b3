"""A family of 北九州市 of which the mother and one child moved to 長洲町: steps that the tests share."""

from boshi.fhir.outcome import Resource
from boshi.server.repository import Repository
from boshi.server.transfer import Case, Outgoing, approve, inbox, request, run_once
from boshi.server.transfer.finding import find_all
from tests.server.transfer.conftest import Towns
from tests.server.transfer.families import (
    KITAKYUSHU,
    NAGASU,
    infant_checkup,
    mother_link,
    patient,
    pregnancy,
    shot,
    smoking,
)

MOTHER_A = patient(KITAKYUSHU, 11, "吉田", "髙子", "ヨシダ タカコ", born="1995-05-05")
CHILD_A = patient(KITAKYUSHU, 12, "吉田", "凛", "ヨシダ リン")
MOTHER_B = patient(
    NAGASU,
    501,
    "吉田",
    "高子",
    "ヨシダ タカコ",
    born="1995-05-05",
    came_from=KITAKYUSHU,
    address="熊本県長洲町1",
)
CHILD_B = patient(NAGASU, 502, "吉田", "凛", "ヨシダ リン", came_from=KITAKYUSHU, address="熊本県長洲町1")
MOTHERS_RECORDS = [*pregnancy(KITAKYUSHU, MOTHER_A, 11), smoking(KITAKYUSHU, MOTHER_A, 11)]
CHILDS_RECORDS = [
    *infant_checkup(KITAKYUSHU, CHILD_A, 12),
    shot(KITAKYUSHU, CHILD_A, 12, 1),
    shot(KITAKYUSHU, CHILD_A, 12, 2, day="2025-04-07"),
]
LINK_A = mother_link(KITAKYUSHU, CHILD_A, 12, MOTHER_A, 11)


async def settle(towns: Towns) -> None:
    """Both towns' residents files and A's records are in."""
    await towns.a.put_many([MOTHER_A, CHILD_A, LINK_A, *MOTHERS_RECORDS, *CHILDS_RECORDS])
    await towns.b.put_many([MOTHER_B, CHILD_B])


async def ask(repository: Repository, person: Resource, **more: object) -> Outgoing:
    told = {"office": "子育て支援課", "officer": "保健師 山本", "why": "転入に伴う保健指導のため", **more}
    return await request(repository, str(person["id"]), **told)  # type: ignore[arg-type]


async def decide(towns: Towns, giver: Repository) -> Case:
    """The staff of the giving town approves the best candidate of the only request in its inbox."""
    (item,) = await inbox(giver, towns.directory)
    return await approve(giver, towns.directory, item.case.id, item.candidates[0].patient)


async def pull(towns: Towns, taker: Repository, giver: Repository, person: Resource) -> Outgoing:
    """A whole transfer, from the request to the receipt."""
    asked = await ask(taker, person)
    await run_once(taker, towns.transport())
    await decide(towns, giver)
    (progress,) = await run_once(taker, towns.transport(), only=asked.id)
    assert progress.outgoing.state == "confirmed", progress
    return progress.outgoing


async def everything(repository: Repository) -> dict[str, Resource]:
    """Every resource of the towns' records, without versions and times, by key."""
    types = (
        "Patient", "RelatedPerson", "EpisodeOfCare", "Encounter", "Observation", "Immunization",
        "Provenance", "Composition", "Task",
    )  # fmt: skip
    found = [item for type in types for item in await find_all(repository, type, [])]
    return {f"{item['resourceType']}/{item['id']}": _bare(item) for item in found}


def _bare(item: Resource) -> Resource:
    meta = {
        key: value for key, value in item.get("meta", {}).items() if key not in ("versionId", "lastUpdated")
    }
    return {**item, "meta": meta}


def of_type(all_of_them: dict[str, Resource], *types: str) -> dict[str, Resource]:
    return {key: item for key, item in all_of_them.items() if item["resourceType"] in types}
