"""Collecting one person's records at the town that gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from boshi.fhir.outcome import Resource
from boshi.fhir.references import references
from boshi.server.transfer.document import PROVENANCE_KIND, record_classes
from boshi.server.transfer.finding import find_all, read_resource, read_resources
from boshi.server.transfer.person import protections
from boshi.server.transfer.sensitive import Sensitivity

if TYPE_CHECKING:
    from boshi.server.repository import Repository

RECORD_TYPES: Final = (
    "EpisodeOfCare",
    "Encounter",
    "Observation",
    "Immunization",
    "Condition",
    "Procedure",
    "AllergyIntolerance",
    "DiagnosticReport",
    "QuestionnaireResponse",
    "CarePlan",
    "ServiceRequest",
    "RiskAssessment",
    "DocumentReference",
    "RelatedPerson",
)
"""Types that hold records of a person; all know the search parameter `patient`."""
_RESIDENCE = "residence"


@dataclass(frozen=True, slots=True)
class Collected:
    """One person's records, sorted by what may go.

    `held_back` counts what needs care and stays; `unclassified` what has no class and so no legal basis.
    """

    person: Resource
    relatives: tuple[Resource, ...]
    records: tuple[Resource, ...]
    elsewhere: Mapping[str, Resource]
    origins: Mapping[str, str]
    held_back: int = 0
    unclassified: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


async def collect(
    repository: "Repository",
    patient: str,
    classes: Sequence[str],
    *,
    period: Mapping[str, str],
    sensitivity: Sensitivity | None,
) -> Collected | None:
    """The records of these classes; `sensitivity` None when staff released what needs care. None: no such person."""
    person = await read_resource(repository, "Patient", patient)
    if person is None:
        return None
    every = [item for type in RECORD_TYPES for item in await _of_person(repository, type, patient)]
    wanted = [item for item in every if record_classes(item) & set(classes) and _within(item, period)]
    released = [item for item in wanted if sensitivity is None or not sensitivity.holds_back(item)]
    links = [item for item in every if item["resourceType"] == "RelatedPerson" and _is_family_link(item)]
    elsewhere = await _elsewhere(repository, [*released, *links])
    records = [item for item in released if not _leads_to_protected(item, elsewhere)]
    relatives = [item for item in links if not _leads_to_protected(item, elsewhere)]
    return Collected(
        person=person,
        relatives=tuple(relatives),
        records=tuple(records),
        elsewhere={key: item for key, item in elsewhere.items() if not protections(item)},
        origins=await _origins(repository, patient),
        held_back=len(wanted) - len(released),
        unclassified=sum(not record_classes(item) for item in every),
        counts={code: sum(code in record_classes(item) for item in records) for code in classes},
    )


async def _of_person(repository: "Repository", type: str, patient: str) -> list[Resource]:
    return await find_all(repository, type, [("patient", f"Patient/{patient}")])


def _is_family_link(item: Resource) -> bool:
    return record_classes(item) <= {_RESIDENCE}


def _within(item: Resource, period: Mapping[str, str]) -> bool:
    day = clinical_day(item)
    start, end = period.get("start", "")[:10], period.get("end", "")[:10]
    return not day or ((not start or day[: len(start)] >= start[: len(day)]) and (not end or day <= end))


def clinical_day(item: Resource) -> str:
    """The day that a record is about, as far as it says."""
    for name in (
        "effectiveDateTime",
        "occurrenceDateTime",
        "recordedDate",
        "performedDateTime",
        "authored",
        "date",
    ):
        if isinstance(item.get(name), str):
            return str(item[name])[:10]
    period = item.get("period") or item.get("effectivePeriod") or {}
    return str(period.get("start", ""))[:10]


async def _elsewhere(repository: "Repository", items: Sequence[Resource]) -> dict[str, Resource]:
    own = {f"{item['resourceType']}/{item['id']}" for item in items}
    targets = {str(holder.get("reference", "")) for item in items for _path, holder in references(item)}
    wanted = sorted(target for target in targets - own if target.count("/") == 1)
    return await read_resources(repository, wanted)


def _leads_to_protected(item: Resource, elsewhere: Mapping[str, Resource]) -> bool:
    """Whether it is a family link whose other end is protected."""
    if item["resourceType"] != "RelatedPerson":
        return False
    own = str(item.get("patient", {}).get("reference", ""))
    targets = {str(holder.get("reference", "")) for _path, holder in references(item)} - {own}
    return any(protections(elsewhere[target]) for target in targets & elsewhere.keys())


async def _origins(repository: "Repository", patient: str) -> dict[str, str]:
    """The first origin of records that came by a transfer, as its Provenance said."""
    tag = ("_tag", f"{PROVENANCE_KIND}|transfer")
    told = await find_all(repository, "Provenance", [("patient", f"Patient/{patient}"), tag])
    return {
        str(target.get("reference")): str(item["agent"][0]["who"]["identifier"]["value"])
        for item in told
        for target in item.get("target", ())
    }
