"""The records of some persons, gathered so that every row of every layout is whole."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final

from boshi.fhir.codec import decode
from boshi.fhir.outcome import Resource
from boshi.fhir.references import references
from boshi.mappings import Layout
from boshi.mappings import layouts as shipped
from boshi.mappings.compiling import compiled
from boshi.profiles import systems
from boshi.server.repository import Repository, Stored
from boshi.server.transfer.asking import TRANSFER

_TRAIL: Final = frozenset({"AuditEvent", "Provenance", "Task"})
"""Types that tell what was done with records, and are none."""
RowName = tuple[str, str, str]
"""Identifier system, layout and key of the row that a resource belongs to."""


class Gathering:
    """Gathers persons' records for some layouts."""

    def __init__(self, repository: Repository, layouts: Sequence[Layout]) -> None:
        self._repository = repository
        self._layouts = {layout.name: layout for layout in layouts}
        self._held = {*self._layouts, *shipped()}
        self.unheld: Counter[str] = Counter()
        """Records of the persons gathered so far that no layout holds, by type."""

    async def of(self, people: Sequence[Resource]) -> list[Resource]:
        """The rows that belong to `people`, each whole, with every Patient that they name.

        A row about several persons (a birth) belongs to the one with the smallest id, so it comes once.
        """
        order = {patient["id"]: position for position, patient in enumerate(people)}
        rows = self._rows(_resources(await self._repository.of_patients(list(order))), order.keys())
        await self._complete(rows)
        placed = sorted(
            (order[owner], named) for named, made in rows.items() if (owner := _owner(made)) in order
        )
        owned = [resource for _, named in placed for resource in rows[named].values()]
        return [*owned, *await self._named(owned)]

    def _rows(self, resources: Iterator[Resource], people: Set[str]) -> dict[RowName, dict[str, Resource]]:
        rows: dict[RowName, dict[str, Resource]] = {}
        for resource in resources:
            named = row_of(resource, self._repository.town_code)
            if named and named[1] in self._layouts:
                rows.setdefault(named, {})[f"{resource['resourceType']}/{resource['id']}"] = resource
            elif (named is None or named[1] not in self._held) and _counts(resource, people):
                self.unheld[resource["resourceType"]] += 1
        return rows

    async def _complete(self, rows: dict[RowName, dict[str, Resource]]) -> None:
        """Adds the resources of these rows that are about other persons."""
        wanted: dict[tuple[str, str, str], str] = {}
        for system, name, key in rows:
            layout = self._layouts[name]
            if sum(column.patient for column in layout.columns.values()) > 1:
                for place in compiled(layout, self._repository.town_code).places.values():
                    value = f"{name}|{key}|{place.name}"
                    wanted[(place.type, system, value)] = f"{place.type} {value}"
        found = set((await self._repository.keys_by_identifier(wanted)).values())
        missing = found - {key for made in rows.values() for key in made}
        for stored in (await self._repository.read_many(sorted(missing))).values():
            resource = resource_of(stored)
            named = row_of(resource, self._repository.town_code)
            if named in rows:
                rows[named][f"{stored.type}/{stored.id}"] = resource

    async def _named(self, resources: Sequence[Resource]) -> list[Resource]:
        """The Patients that these resources name and that are not among them, without the row they came from."""
        here = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
        named = {
            holder["reference"]
            for resource in resources
            for _, holder in references(resource)
            if holder["reference"].startswith("Patient/")
        }
        others = (await self._repository.read_many(sorted(named - here))).values()
        return [_without_row(patient) for patient in _resources(others)]


def row_of(resource: Resource, town: str) -> RowName | None:
    """The row that a resource came from: this town's own before another's; None for no row of a layout."""
    own, every = systems.record(town), systems.record("")
    best: RowName | None = None
    for identifier in resource.get("identifier", ()) if isinstance(resource.get("identifier"), list) else ():
        system = identifier.get("system", "")
        if system == own or (best is None and system.startswith(every)):
            layout, _, rest = identifier.get("value", "").partition("|")
            best = (system, layout, rest.rpartition("|")[0])
    return best


def _counts(resource: Resource, people: Set[str]) -> bool:
    """Whether it is a record, and is counted with these persons: with the first of all whom it names."""
    if resource["resourceType"] in _TRAIL or _is_envelope(resource):
        return False
    named = {
        str(holder["reference"]).removeprefix("Patient/")
        for _, holder in references(resource)
        if str(holder["reference"]).startswith("Patient/")
    }
    return resource["resourceType"] == "Patient" or min(named, default="") in people


def _is_envelope(resource: Resource) -> bool:
    """Whether it is the Composition of a transfer's document."""
    identifier = resource.get("identifier")
    return isinstance(identifier, dict) and identifier.get("system") == TRANSFER


def _without_row(patient: Resource) -> Resource:
    every = systems.record("")
    numbers = [one for one in patient.get("identifier", ()) if not one.get("system", "").startswith(every)]
    return {**patient, "identifier": numbers}


def _owner(made: Mapping[str, Resource]) -> str:
    return min(_patient_of(resource) for resource in made.values())


def _patient_of(resource: Resource) -> str:
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    about = resource.get("subject") or resource.get("patient") or {}
    return str(about.get("reference", "")).removeprefix("Patient/")


def _resources(stored: Iterable[Stored]) -> Iterator[Resource]:
    for one in stored:
        yield resource_of(one)


def resource_of(stored: Stored) -> Resource:
    """The resource of a stored version."""
    resource = decode(stored.body)
    assert isinstance(resource, dict)
    return resource
