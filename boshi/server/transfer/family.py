"""What relatives brought before a person arrived, and what names that person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from boshi.fhir.outcome import Resource
from boshi.fhir.references import references
from boshi.server.transfer.finding import find_all
from boshi.server.transfer.naming import Person, named_people
from boshi.server.transfer.records import RECORD_TYPES

if TYPE_CHECKING:
    from boshi.server.repository import Repository


async def family_items(
    repository: "Repository",
    links: Sequence[Resource],
    names: Mapping[Person, Resource],
    people: Iterable[Resource],
) -> list[Resource]:
    """Links that lead to the person by one of these `names`, and records of relatives that name the person.

    Relatives are who the person's own `links` lead to, and `people` whom the document names.
    """
    found = {str(item["id"]): item for item in await _links_to(repository, names)}
    own = {str(person["id"]) for person in names.values()}
    relatives = {str(person["id"]) for person in people} | _linked(links)
    for relative in sorted(relatives - own):
        for type in RECORD_TYPES:
            for item in await find_all(repository, type, [("patient", f"Patient/{relative}")]):
                if named_people([item]) & names.keys():
                    found[str(item["id"])] = item
    return list(found.values())


async def _links_to(repository: "Repository", names: Mapping[Person, Resource]) -> list[Resource]:
    searches = [[("identifier", "|".join(name))] for name in sorted(names)]
    return [item for search in searches for item in await find_all(repository, "RelatedPerson", search)]


def _linked(links: Sequence[Resource]) -> set[str]:
    targets = {str(holder["reference"]) for link in links for _path, holder in references(link)}
    return {target.removeprefix("Patient/") for target in targets if target.startswith("Patient/")}
