"""Who is never decided by a rule: persons under 支援措置 or 一時保護, now or before, and their households."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boshi.fhir.outcome import Resource
from boshi.fhir.references import references
from boshi.fhir.search.escaping import escape
from boshi.fhir.search.fold import fold
from boshi.profiles.systems import PROTECTION, atena
from boshi.server.transfer.finding import decoded, find_all
from boshi.server.transfer.person import address_text, household, identifier_value, protections

if TYPE_CHECKING:
    from boshi.server.repository import Repository

LABELS = ("support-1", "support-2", "support-3", "temporary-custody")


async def is_protected(
    repository: "Repository", person: Resource, labelled: Sequence[Resource] | None = None
) -> bool:
    """Whether the person, anybody of the household or address, or a linked relative is or was protected.

    `labelled`: what `labelled_people` gives, for who asks about many.
    """
    if protections(person) or await _was_protected(repository, str(person["id"])):
        return True
    known = await labelled_people(repository) if labelled is None else labelled
    if any(_lives_with(person, other) for other in known):
        return True
    near = await _relatives(repository, person) | await _at_the_address(repository, person)
    if near & {str(other["id"]) for other in known}:
        return True
    return any([await _was_protected(repository, one) for one in sorted(near)])


async def labelled_people(repository: "Repository") -> list[Resource]:
    """Everybody who bears a label of protection now, 支援措置終了 included."""
    alternatives = ",".join(f"{PROTECTION}|{label}" for label in LABELS)
    return await find_all(repository, "Patient", [("_security", alternatives)])


def _lives_with(person: Resource, other: Resource) -> bool:
    home = household(person)
    return (home is not None and home == household(other)) or bool(_homes(person) & _homes(other))


def _homes(person: Resource) -> set[str]:
    told = [address_text(address) for address in person.get("address", ()) if isinstance(address, dict)]
    return {fold(text) for text in told} - {""}


async def _was_protected(repository: "Repository", patient: str) -> bool:
    versions = await repository.history("Patient", patient, count=1000)
    return any(protections(decoded(version)) for version in versions if not version.deleted)


async def _at_the_address(repository: "Repository", person: Resource) -> set[str]:
    told = [address_text(address) for address in person.get("address", ()) if isinstance(address, dict)]
    searches = [[("address", escape(text))] for text in told if text]
    found = [other for search in searches for other in await find_all(repository, "Patient", search)]
    return {str(other["id"]) for other in found if _lives_with(person, other)} - {str(person["id"])}


async def _relatives(repository: "Repository", person: Resource) -> set[str]:
    """Patients that this one is linked with, either way round: as the patient of a link, or as the relative."""
    patient = str(person["id"])
    number = identifier_value(person, atena(repository.town_code))
    searches = [("patient", f"Patient/{patient}")]
    searches += [("identifier", f"{atena(repository.town_code)}|{number}")] if number else []
    links = [link for one in searches for link in await find_all(repository, "RelatedPerson", [one])]
    return {
        target.removeprefix("Patient/")
        for link in links
        for _path, holder in references(link)
        if (target := str(holder.get("reference", ""))).startswith("Patient/")
    } - {patient}
