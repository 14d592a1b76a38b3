"""Who is never decided by a rule: persons under 支援措置 or 一時保護, now or before, and their households."""

from typing import TYPE_CHECKING

from boshi.fhir.outcome import Resource
from boshi.fhir.references import references
from boshi.fhir.search.fold import fold
from boshi.profiles.systems import PROTECTION
from boshi.server.transfer.finding import decoded, find_all
from boshi.server.transfer.person import address_text, household, protections

if TYPE_CHECKING:
    from boshi.server.repository import Repository

LABELS = ("support-1", "support-2", "support-3", "temporary-custody")


async def is_protected(repository: "Repository", person: Resource) -> bool:
    """Whether the person, anybody of the household or address, or a linked relative is or was protected."""
    if protections(person) or await _was_protected(repository, str(person["id"])):
        return True
    labelled = await _labelled(repository)
    if any(_lives_with(person, other) for other in labelled):
        return True
    relatives = await _relatives(repository, str(person["id"]))
    if relatives & {str(other["id"]) for other in labelled}:
        return True
    return any([await _was_protected(repository, relative) for relative in sorted(relatives)])


async def _labelled(repository: "Repository") -> list[Resource]:
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


async def _relatives(repository: "Repository", patient: str) -> set[str]:
    """Patients that this one is linked with, either way round."""
    links = await find_all(repository, "RelatedPerson", [("patient", f"Patient/{patient}")])
    return {
        target.removeprefix("Patient/")
        for link in links
        for _path, holder in references(link)
        if (target := str(holder.get("reference", ""))).startswith("Patient/")
    } - {patient}
