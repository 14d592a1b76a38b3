"""Resources to the rows of a layout: the same templates, matched instead of filled.

The resources of one row are known by their record identifiers "layout|key|place". A 宛名番号 is taken from
the Patient, in the exporting town's own identifier system: a record received from another town is written
under the number that the person bears here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from boshi.fhir.outcome import Resource
from boshi.mappings.columns import UNKNOWN, Noted
from boshi.mappings.compiling import Compiled, compiled
from boshi.mappings.directives import Unresolved
from boshi.mappings.layout import Layout, Tall
from boshi.mappings.rejects import Reason, Reject, required, rule_broken
from boshi.mappings.template import LATER, Found, People, merge
from boshi.profiles import systems

Group = dict[str, Resource]
_RECORDS: Final = systems.record("")
_STRANGER: Final = Reason(
    "no-number-here",
    "the person has no 宛名番号 in this town",
    "この市区町村での宛名番号がない",
    "import the residents file with the person first",
    "先に住民（宛名）のファイルを取り込む",
)


def to_rows(layout: Layout, records: Iterable[Resource], town_code: str) -> Iterator[dict[str, str] | Reject]:
    """The rows that the records make, in the order of the records; a row that cannot be written is a Reject.

    `records` holds whole rows with the Patients they name; what belongs to no row of the layout is passed by.
    """
    plan = compiled(layout, town_code)
    groups, numbers = _grouped(plan, records)
    for row, group in groups.items():
        found = _found(plan, row, group, numbers.get)
        record = next(f"{resource['resourceType']}/{resource.get('id', '')}" for resource in group.values())
        yield from _rows(plan, found, record)


def _grouped(
    plan: Compiled, records: Iterable[Resource]
) -> tuple[dict[tuple[str, str], Group], dict[str, str]]:
    groups: dict[tuple[str, str], Group] = {}
    numbers: dict[str, str] = {}
    own = systems.atena(plan.town)
    for resource in records:
        identifiers = resource.get("identifier", ())
        identifiers = identifiers if isinstance(identifiers, (list, tuple)) else ()
        if resource["resourceType"] == "Patient":
            number = next((told.get("value") for told in identifiers if told.get("system") == own), None)
            if number:
                numbers[f"Patient/{resource.get('id')}"] = number
        if place := _row_and_place(plan, identifiers):
            system, key, name = place
            groups.setdefault((system, key), {})[name] = resource
    return groups, numbers


def _row_and_place(plan: Compiled, identifiers: Iterable[Mapping[str, Any]]) -> tuple[str, str, str] | None:
    """The row and place of a resource; this town's own record comes before another town's."""
    best: tuple[str, str, str] | None = None
    for told in identifiers:
        system, value = told.get("system", ""), told.get("value", "")
        if not system.startswith(_RECORDS):
            continue
        layout, _, rest = value.partition("|")
        key, _, place = rest.rpartition("|")
        ours = layout == plan.layout.name and place in plan.places
        if ours and (best is None or system == systems.record(plan.town)):
            best = (system, key, place)
    return best


def found_in(plan: Compiled, resources: Iterable[Resource], people: People) -> Found:
    """What the columns of one row hold, read from the resources of that row."""
    row, group = ("", ""), Group()
    for resource in resources:
        if place := _row_and_place(plan, resource["identifier"]):
            row, group[place[2]] = place[:2], resource
    return _found(plan, row, group, people)


def says_the_same(plan: Compiled, one: Resource, other: Resource) -> bool:
    """Whether two versions of a record hold the same in every column of the layout, whatever else they hold."""
    return found_in(plan, [one], str) == found_in(plan, [other], str)


def _found(plan: Compiled, row: tuple[str, str], group: Group, people: People) -> Found:
    found = _serials(plan, row)
    for name, place in plan.places.items():
        if name in group:
            merge(found, place.node.match_elements(group[name], people))
    for later in found.pop(LATER, ()):
        merge(found, later(found))
    return found


def _serials(plan: Compiled, row: tuple[str, str]) -> Found:
    """The serial numbers in this town's own name of the row: in the resources stand those of the first town."""
    system, key = row
    parts = key.split(".")
    if system != systems.record(plan.town) or len(parts) != len(plan.layout.key):
        return {}
    return {name: parts[position] for position, name in plan.serials.items() if parts[position]}


def _rows(plan: Compiled, found: Found, record: str) -> Iterator[dict[str, str] | Reject]:
    written, rejects = _written(plan, found, record)
    if rejects:
        yield from rejects
    elif plan.layout.tall:
        yield from _tall_rows(plan.layout, plan.layout.tall, written, found)
    else:
        yield {name: written.get(name, "") for name in plan.layout.columns}


def _written(plan: Compiled, found: Found, record: str) -> tuple[dict[str, str], list[Reject]]:
    cells: dict[str, str] = {}
    rejects: list[Reject] = []
    for column, _, needed in plan.readers:
        value = found.get(column)
        if value is None:
            if needed:
                rejects.append(Reject(0, column, "", required(), cells, record))
        elif isinstance(value, Unresolved):
            rejects.append(Reject(0, column, str(value), _STRANGER, cells, record))
        else:
            text = _text(plan, column, value)
            if isinstance(text, Reason):
                rejects.append(Reject(0, column, str(value), text, cells, record))
            else:
                cells[column] = text
    for rule in plan.rules if not rejects else ():
        if rule.holds(found):
            broken = [column for column in rule.requires if found.get(column) is None]
            broken += [column for column in rule.forbids if found.get(column) is not None]
            reason = rule_broken(rule.en, rule.ja)
            rejects += [Reject(0, column, cells.get(column, ""), reason, cells, record) for column in broken]
    return cells, rejects


def _text(plan: Compiled, column: str, value: Any) -> str | Reason:
    items = plan.layout.tall.items if plan.layout.tall else {}
    if column in items and isinstance(value, Noted) and value.value is None:
        return ""
    return plan.writers[column](value)


def _tall_rows(
    layout: Layout, tall: Tall, written: Mapping[str, str], found: Found
) -> Iterator[dict[str, str]]:
    shared = {name: written.get(name, "") for name in layout.columns if name not in tall.controls}
    for code, item in tall.items.items():
        if code not in found:
            continue
        value = tall.number if item.type in ("decimal", "integer") else tall.text
        cells = {
            **shared,
            tall.item: code,
            tall.number: "",
            tall.text: "",
            value: written.get(code, ""),
            tall.unknown: "1" if found[code] == UNKNOWN else "0",
        }
        yield {name: cells.get(name, "") for name in layout.columns}
