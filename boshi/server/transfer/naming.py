"""Our names for people and records that another town named: so that our own files, written and read again, double
nothing, whichever member of a family arrives first. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from boshi.fhir.outcome import Resource
from boshi.mappings import layouts
from boshi.mappings.serials import serial_parts, set_aside
from boshi.profiles.systems import atena, pregnancy, record
from boshi.server.transfer.person import atena_number, identifiers

Person: TypeAlias = tuple[str, str]
"""A person as a town names them: identifier system and 宛名番号."""
ATENA: Final = atena("")
RECORD: Final = record("")
PREGNANCY: Final = pregnancy("")
_DIGITS: Final = 15


def with_our_names(item: Resource, code: str, people: Mapping[Person, Resource]) -> Resource:
    """The resource with references to our Patients where it names them by another town's 宛名番号, with our number
    beside, and with our own name for the row and place it came from. A serial number of the other town becomes one
    of those set aside: its own next record may bear the same number here.
    """
    named: Resource = _with_references(item, code, people)
    added = [
        *_our_numbers(item, code, people),
        *_our_record(item, code, people),
        *_our_pregnancy(item, code, people),
    ]
    held = identifiers(named)
    new = [one for one in added if one not in held]
    return {**named, "identifier": [*held, *new]} if new else named


def atena_names(item: Resource) -> set[Person]:
    """The 宛名番号 among the resource's own identifiers."""
    return {_person(one) for one in identifiers(item) if _is_atena(one)}


def named_people(items: Iterable[Resource]) -> set[Person]:
    """Everybody whom the resources name by a 宛名番号: in references, identifiers and names of rows."""
    told: set[Person] = set()
    for item in items:
        told |= {_person(holder["identifier"]) for holder in _logical(item)}
        told |= atena_names(item)
        told |= {(atena(town), part) for town, parts in _keys(item) for part in parts if _is_number(part)}
    return told


def _with_references(value: Any, code: str, people: Mapping[Person, Resource]) -> Any:
    if isinstance(value, list):
        return [_with_references(item, code, people) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {name: _with_references(item, code, people) for name, item in value.items()}
    known = people.get(_person(value["identifier"])) if _is_logical(value) else None
    if known is None:
        return copy
    number = atena_number(known, code)
    ours = {"system": atena(code), "value": number} if number else value["identifier"]
    return {**copy, "reference": f"Patient/{known['id']}", "identifier": ours}


def _logical(item: Resource) -> Iterator[dict[str, Any]]:
    waiting: list[Any] = [item]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            if _is_logical(one):
                yield one
            waiting.extend(one.values())


def _is_logical(value: dict[str, Any]) -> bool:
    identifier = value.get("identifier")
    return isinstance(identifier, dict) and _is_atena(identifier) and "reference" not in value


def _is_atena(identifier: Mapping[str, Any]) -> bool:
    return str(identifier.get("system", "")).startswith(ATENA)


def _person(identifier: Mapping[str, Any]) -> Person:
    return str(identifier.get("system", "")), str(identifier.get("value", ""))


def _our_numbers(item: Resource, code: str, people: Mapping[Person, Resource]) -> Iterator[dict[str, str]]:
    known = [people[_person(one)] for one in identifiers(item) if _is_atena(one) and _person(one) in people]
    for number in sorted({number for person in known if (number := atena_number(person, code))}):
        yield {"system": atena(code), "value": number}


def _our_record(item: Resource, code: str, people: Mapping[Person, Resource]) -> Iterator[dict[str, str]]:
    held = [one for one in identifiers(item) if str(one.get("system", "")).startswith(RECORD)]
    if any(one.get("system") == record(code) for one in held):
        return
    for one in held:
        town = str(one["system"]).removeprefix(RECORD)
        layout, _, rest = str(one.get("value", "")).partition("|")
        key, _, place = rest.rpartition("|")
        parts = key.split(".")
        ours = {part: number for part in parts if (number := _our_number(part, town, code, people))}
        if ours:
            parts = [ours.get(part, part) for part in _with_serials_set_aside(layout, parts, town)]
            yield {"system": record(code), "value": f"{layout}|{'.'.join(parts)}|{place}"}
            return


def _with_serials_set_aside(layout: str, parts: list[str], town: str) -> list[str]:
    known = layouts().get(layout)
    serials = serial_parts(known) if known and len(known.key) == len(parts) else {}
    return [
        set_aside(town, part) if position in serials and part else part for position, part in enumerate(parts)
    ]


def _our_pregnancy(item: Resource, code: str, people: Mapping[Person, Resource]) -> Iterator[dict[str, str]]:
    held = [one for one in identifiers(item) if str(one.get("system", "")).startswith(PREGNANCY)]
    if any(one.get("system") == pregnancy(code) for one in held):
        return
    for one in held:
        town = str(one["system"]).removeprefix(PREGNANCY)
        person, _, serial = str(one.get("value", "")).partition("-")
        if (number := _our_number(person, town, code, people)) and serial:
            yield {"system": pregnancy(code), "value": f"{number}-{set_aside(town, serial)}"}
            return


def _our_number(part: str, town: str, code: str, people: Mapping[Person, Resource]) -> str | None:
    known = people.get((atena(town), part))
    return atena_number(known, code) if known else None


def _keys(item: Resource) -> Iterator[tuple[str, list[str]]]:
    for one in identifiers(item):
        system = str(one.get("system", ""))
        if system.startswith(RECORD):
            key = str(one.get("value", "")).partition("|")[2].rpartition("|")[0]
            yield system.removeprefix(RECORD), key.split(".")


def _is_number(part: str) -> bool:
    return len(part) == _DIGITS and part.isdigit()
