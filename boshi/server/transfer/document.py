"""The Bundle of one person: a document whose Composition stands first (R4 §2.39.1). Pure.

Nothing in it dangles: a reference leads to an entry of the Bundle, or is an identifier with words for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boshi.fhir.outcome import Resource
from boshi.fhir.references import parse_reference, references
from boshi.profiles.systems import BASE, ORIGIN, RECORD_CLASS, atena, record, record_id
from boshi.server.transfer.asking import TRANSFER
from boshi.server.transfer.person import display_name, identifiers

PROVENANCE_KIND = f"{BASE}/CodeSystem/provenance-kind"
EMPTY_REASON = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_PERSON_ELEMENTS = (
    "identifier",
    "name",
    "gender",
    "birthDate",
    "multipleBirthBoolean",
    "multipleBirthInteger",
    "deceasedBoolean",
    "deceasedDateTime",
)
_RELATIVE_ELEMENTS = ("identifier", "relationship", "name", "extension")


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into one document.

    `task` is the key of the request, `asker` the 団体コード that asked. `elsewhere` holds, by "Type/id", what a record
    points at and what is not sent; nobody who is protected is in it. `origins` has the 団体コード of the first origin
    of a record that did not arise here, by "Type/id".
    """

    task: str
    asker: str
    town: str
    town_name: str
    person: Resource
    relatives: Sequence[Resource]
    records: Sequence[Resource]
    classes: Sequence[tuple[str, str]]
    elsewhere: Mapping[str, Resource]
    origins: Mapping[str, str]
    when: str


def document(contents: Contents) -> Resource:
    """The document Bundle: Composition, Patient, RelatedPersons, records, one Provenance for each origin."""
    person = _person(contents.person)
    inside = {_key(item) for item in (person, *contents.relatives, *contents.records)}
    relatives = [_relative(item) for item in contents.relatives]
    sent = [_closed(_without_server_meta(item), inside, contents) for item in (*relatives, *contents.records)]
    provenances = _provenances(contents, sent)
    entries = [_composition(contents, person), person, *sent, *provenances]
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": TRANSFER, "value": contents.task},
        "timestamp": contents.when,
        "entry": [_entry(contents.town, item) for item in entries],
    }


def _entry(town: str, resource: Resource) -> dict[str, Any]:
    return {"fullUrl": f"{BASE}/{town}/{_key(resource)}", "resource": resource}


def _key(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _person(person: Resource) -> Resource:
    kept = {name: person[name] for name in _PERSON_ELEMENTS if name in person}
    return {"resourceType": "Patient", "id": person["id"], **kept}


def _relative(relative: Resource) -> Resource:
    kept = {name: relative[name] for name in _RELATIVE_ELEMENTS if name in relative}
    head = {"resourceType": "RelatedPerson", "id": relative["id"]}
    return {**head, **kept, "patient": dict(relative["patient"])}


def _without_server_meta(resource: Resource) -> Resource:
    meta = {
        k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated", "source")
    }
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest


def _closed(resource: Resource, inside: set[str], contents: Contents) -> Resource:
    """A copy without references that lead out of the Bundle."""
    copy: Resource = _deep_copy(resource)
    for _path, holder in list(references(copy)):
        parsed = parse_reference(str(holder["reference"]))
        if parsed.kind != "contained" and parsed.text not in inside:
            _turn_logical(holder, parsed.key or parsed.text, contents)
    return copy


def _turn_logical(holder: dict[str, Any], target: str, contents: Contents) -> None:
    """Words and identifier instead of a reference; nothing of a person whom `elsewhere` leaves out."""
    del holder["reference"]
    known = contents.elsewhere.get(target, {})
    if target.startswith("Patient/") and not known:
        for said in ("identifier", "display"):
            holder.pop(said, None)
    first = min(identifiers(known), key=lambda one: _strangeness(one, contents.asker), default=None)
    if first:
        holder["identifier"] = {name: first[name] for name in ("system", "value") if name in first}
    if target in contents.elsewhere:
        holder.setdefault("type", target.split("/")[0])
    holder.setdefault(
        "display", _words_for(known) or f"{contents.town_name}の記録（この照会では提供していません）"
    )


def _strangeness(identifier: Mapping[str, Any], asker: str) -> int:
    """How little an identifier says to the town that asks: its own 宛名番号 most, the name of a row least."""
    system = str(identifier.get("system", ""))
    if system.startswith(atena("")):
        return 0 if system == atena(asker) else 1
    return 3 if system.startswith(record("")) else 2


def _words_for(resource: Resource) -> str:
    if resource.get("resourceType") in ("Patient", "RelatedPerson", "Practitioner"):
        return display_name(resource)
    name = resource.get("name")
    return name if isinstance(name, str) else ""


def _deep_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _deep_copy(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_deep_copy(item) for item in value]
    return value


def _composition(contents: Contents, person: Resource) -> Resource:
    return {
        "resourceType": "Composition",
        "id": record_id(contents.town, "transfer", person["id"], "Composition"),
        "identifier": {"system": TRANSFER, "value": contents.task},
        "status": "final",
        "type": {
            "coding": [{"system": "http://loinc.org", "code": "11503-0"}],
            "text": "転入者の母子保健記録",
        },
        "subject": {"reference": _key(person)},
        "date": contents.when,
        "author": [_town_reference(contents.town, contents.town_name)],
        "title": f"{contents.town_name} からの母子保健記録の提供",
        "section": [_section(code, title, contents.records) for code, title in contents.classes],
    }


def _section(code: str, title: str, records: Sequence[Resource]) -> dict[str, Any]:
    entries = [{"reference": _key(item)} for item in records if code in record_classes(item)]
    told: dict[str, Any] = {"title": title, "code": {"coding": [{"system": RECORD_CLASS, "code": code}]}}
    if entries:
        return {**told, "entry": entries}
    return {**told, "emptyReason": {"coding": [{"system": EMPTY_REASON, "code": "unavailable"}]}}


def record_classes(resource: Resource) -> frozenset[str]:
    """The classes of legal basis that a record is tagged with."""
    tags = resource.get("meta", {}).get("tag", ())
    return frozenset(str(tag.get("code")) for tag in tags if tag.get("system") == RECORD_CLASS)


def _town_reference(code: str, name: str) -> dict[str, Any]:
    return {"type": "Organization", "identifier": {"system": ORIGIN, "value": code}, "display": name}


def _provenances(contents: Contents, sent: Iterable[Resource]) -> list[Resource]:
    by_origin: dict[str, list[dict[str, str]]] = {}
    for item in sent:
        origin = contents.origins.get(_key(item)) or first_origin(item) or contents.town
        by_origin.setdefault(origin, []).append({"reference": _key(item)})
    return [_provenance(contents, origin, targets) for origin, targets in sorted(by_origin.items())]


def _provenance(contents: Contents, origin: str, targets: list[dict[str, str]]) -> Resource:
    name = contents.town_name if origin == contents.town else ""
    who = {key: value for key, value in _town_reference(origin, name).items() if value}
    return {
        "resourceType": "Provenance",
        "id": record_id(contents.town, "transfer", f"{contents.person['id']}|{origin}", "Provenance"),
        "meta": {"tag": [{"system": PROVENANCE_KIND, "code": "transfer"}]},
        "target": [{"reference": _key(contents.person)}, *targets],
        "recorded": contents.when,
        "agent": [
            {
                "type": {"coding": [{"system": PARTICIPANT_TYPE, "code": "author"}], "text": "最初の記録元"},
                "who": who,
            },
            {
                "type": {"coding": [{"system": PARTICIPANT_TYPE, "code": "custodian"}], "text": "提供元"},
                "who": _town_reference(contents.town, contents.town_name),
            },
        ],
    }


def first_origin(resource: Resource) -> str | None:
    """The 団体コード of the town whose file made this record, proved by its id; None for other records."""
    prefix = record("")
    for identifier in identifiers(resource):
        system, value = str(identifier.get("system", "")), str(identifier.get("value", ""))
        code = system.removeprefix(prefix)
        if system.startswith(prefix) and _made_by(code, value) == resource.get("id"):
            return code
    return None


def _made_by(code: str, value: str) -> str:
    layout, _, rest = value.partition("|")
    key, _, place = rest.rpartition("|")
    return record_id(code, layout, key, place)
