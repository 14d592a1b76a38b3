"""Storing an arrived document on the Patient that this town's own residents file made. Pure: it only plans.

The other town's Patient is not created: references to it become references to our own. Records keep their ids and
identifiers, so the same record arriving again, or coming home, is the same record. What this town changed since is
kept and told, never overwritten in silence. Residence is not touched.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Problems, Resource, error
from boshi.fhir.references import parse_reference, references, rewrite
from boshi.profiles.systems import BASE, atena
from boshi.server.transfer.asking import TRANSFER
from boshi.server.transfer.document import record_classes
from boshi.server.transfer.naming import ATENA, Person, with_our_names
from boshi.server.transfer.person import identifiers
from boshi.server.transfer.records import RECORD_TYPES

_ENVELOPE: Final = ("Composition", "Provenance")
_ACCEPTED: Final = frozenset((*RECORD_TYPES, *_ENVELOPE, "Patient"))
_CHANGING: Final = ("date", "recorded", "identifier")


@dataclass(frozen=True, slots=True)
class Document:
    """An arrived document, checked: the person as the other town knows them, and all that came with them."""

    person: Resource
    items: tuple[Resource, ...]

    @property
    def keys(self) -> list[str]:
        """The "Type/id" of everything but the person."""
        return [key_of(item) for item in self.items]


@dataclass(frozen=True, slots=True)
class Home:
    """What this town has: its own Patient, what stands under the ids that arrive (None: deleted here), the digests
    of what arrived before, its own family links, its people by the other towns' 宛名番号, and what relatives brought
    that names this person.
    """

    code: str
    person: Resource
    existing: Mapping[str, Resource | None]
    received: Mapping[str, str] = field(default_factory=dict)
    relatives: Sequence[Resource] = ()
    people: Mapping[Person, Resource] = field(default_factory=dict)
    family: Sequence[Resource] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write. `differing` names records that arrived otherwise than they stand here; ours was kept."""

    person: Resource | None
    new: tuple[Resource, ...]
    changed: tuple[Resource, ...]
    unchanged: int
    differing: tuple[str, ...]
    received: Mapping[str, str]


def key_of(resource: Resource) -> str:
    """ "Type/id"."""
    return f"{resource['resourceType']}/{resource['id']}"


def read_document(body: bytes, key: str, own: Resource) -> Document | Problems:
    """The document, if it answers the request `key`, is whole, and is about the same person as `own`."""
    bundle = decode(body)
    if isinstance(bundle, Problems):
        return bundle
    entries = [entry.get("resource") for entry in bundle.get("entry", ()) if isinstance(entry, dict)]
    resources = [item for item in entries if isinstance(item, dict) and "id" in item]
    people = [item for item in resources if item.get("resourceType") == "Patient"]
    if bundle.get("type") != "document" or not resources or resources[0].get("resourceType") != "Composition":
        return _refused(
            "it is not a document with its Composition first", "先頭が Composition の文書ではありません"
        )
    if bundle.get("identifier") != {"system": TRANSFER, "value": key} or len(people) != 1:
        return _refused("it does not answer this request about one person", "この照会への回答ではありません")
    strange = {str(item.get("resourceType")) for item in resources} - _ACCEPTED
    if strange or len(resources) != len(entries):
        return _refused(
            f"it holds {sorted(strange)}", f"受け取れない種類のリソースがあります: {sorted(strange)}"
        )
    if not _same_person(people[0], own):
        return _refused(
            "birth date or sex differ from our resident's", "生年月日または性別が当方の住民と異なります"
        )
    document = Document(people[0], tuple(item for item in resources if item is not people[0]))
    dangling = sorted(_dangling(document))
    if dangling:
        return _refused(f"references lead nowhere: {dangling[:3]}", f"参照先がありません: {dangling[:3]}")
    return document


def _refused(text: str, text_ja: str) -> Problems:
    remedy, remedy_ja = (
        "Nothing was stored. Call the other town.",
        "何も保存していません。相手の自治体に確認してください。",
    )
    return Problems(
        (error("invalid", f"The document is refused: {text}. {remedy}", f"{text_ja}。{remedy_ja}"),)
    )


def _same_person(theirs: Resource, ours: Resource) -> bool:
    genders = {str(person.get("gender", "unknown")) for person in (theirs, ours)} - {"unknown"}
    return theirs.get("birthDate") == ours.get("birthDate") and len(genders) <= 1


def _dangling(document: Document) -> Iterator[str]:
    inside = {key_of(document.person), *document.keys}
    for item in document.items:
        for _path, holder in references(item):
            parsed = parse_reference(str(holder["reference"]))
            if parsed.kind != "contained" and parsed.text not in inside:
                yield parsed.text


def plan(document: Document, home: Home) -> Plan:
    """What to store of `document` at `home`."""
    wanted = [item for item in document.items if not _is_known_link(item, home)]
    gone = {key for key in set(document.keys) - {key_of(item) for item in wanted} if key not in home.existing}
    gone |= {key for key, known in home.existing.items() if known is None}
    settled = [_at_home(item, document.person, gone, home) for item in wanted]
    records = [item for item in settled if item["resourceType"] not in _ENVELOPE]
    sorted_out = _sort_out(records, home)
    kept = {key_of(item) for item in records} - set(sorted_out.differing)
    envelope = [_narrowed(item, kept, home) for item in settled if item["resourceType"] in _ENVELOPE]
    wrapped = _sort_out([item for item in envelope if item is not None], home)
    return Plan(
        person=_with_identifiers(home, document.person),
        new=(*sorted_out.new, *wrapped.new),
        changed=(*sorted_out.changed, *wrapped.changed, *_renamed(home, set(document.keys))),
        unchanged=sorted_out.unchanged,
        differing=sorted_out.differing,
        received={**home.received, **sorted_out.received, **wrapped.received},
    )


def _renamed(home: Home, arrived: set[str]) -> Iterator[Resource]:
    """What relatives brought before, now under our names for this person too."""
    for item in home.family:
        named = with_our_names(item, home.code, home.people)
        if named != item and key_of(item) not in arrived:
            yield named


def _sort_out(items: Sequence[Resource], home: Home) -> Plan:
    new: list[Resource] = []
    changed: list[Resource] = []
    differing: list[str] = []
    received: dict[str, str] = {}
    unchanged = 0
    for item in items:
        key = key_of(item)
        if key not in home.existing:
            new.append(item)
        elif _same_content(home.existing[key], item):
            unchanged += 1
            continue
        elif _is_as_received(home, key):
            changed.append(item)
        else:
            differing.append(key)
            continue
        received[key] = digest_of(item)
    return Plan(None, tuple(new), tuple(changed), unchanged, tuple(differing), received)


def _is_as_received(home: Home, key: str) -> bool:
    known = home.existing[key]
    return known is not None and home.received.get(key) == digest_of(known)


def _same_content(known: Resource | None, arrived: Resource) -> bool:
    return known is not None and _content(known) == _content(arrived)


def _content(resource: Resource) -> Resource:
    """A resource without what differs between two towns' copies of one record."""
    left_out = ("meta", "identifier") if resource["resourceType"] not in _ENVELOPE else ("meta", *_CHANGING)
    kept = {name: value for name, value in resource.items() if name not in left_out}
    own = [one for one in identifiers(resource) if not _is_alias(one)]
    told = {**kept, "identifier": own} if resource["resourceType"] not in _ENVELOPE else kept
    plain: Resource = _plain(told)
    return plain


def _plain(value: Any) -> Any:
    """References by their target alone: what else a reference says is said by the target."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = ("identifier", "type", "display") if isinstance(value.get("reference"), str) else ()
    return {name: _plain(item) for name, item in value.items() if name not in said}


def _is_alias(identifier: dict[str, Any]) -> bool:
    """Whether it is the name that one town gives: its system ends in a 団体コード."""
    system = str(identifier.get("system", ""))
    code = system.rpartition("/")[2]
    return system.startswith(f"{BASE}/id/") and len(code) == 6 and code.isdigit()


def digest_of(resource: Resource) -> str:
    """The digest of a resource's content, without versions, times and the names that towns add."""
    return hashlib.sha256(encode(_sorted(_content(resource)))).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _is_known_link(item: Resource, home: Home) -> bool:
    """A family link of their residents file, where ours has the same: ours stands."""
    if item["resourceType"] != "RelatedPerson" or not record_classes(item) <= {"residence"}:
        return False
    if key_of(item) in home.existing:
        return False
    return any(_roles(item) & _roles(own) for own in home.relatives)


def _roles(link: Resource) -> set[str]:
    return {
        str(coding.get("code"))
        for concept in link.get("relationship", ())
        for coding in concept.get("coding", ())
    }


def _at_home(item: Resource, person: Resource, gone: set[str], home: Home) -> Resource:
    """The resource as this town stores it: on its own Patient, under our names for the people and the record."""
    at_home = rewrite(item, {key_of(person): key_of(home.person)})
    for _path, holder in list(references(at_home)):
        if holder["reference"] in gone:
            del holder["reference"]
            holder.setdefault("display", "当方では削除済みの記録")
    return with_our_names(at_home, home.code, home.people)


def _narrowed(item: Resource, kept: set[str], home: Home) -> Resource | None:
    """Composition and Provenance about what is stored here; None for a Provenance of our own records alone."""
    if item["resourceType"] == "Composition":
        return {**item, "section": [_narrowed_section(section, kept) for section in item.get("section", ())]}
    targets = [one for one in item.get("target", ()) if one.get("reference") in {*kept, key_of(home.person)}]
    origin = item.get("agent", [{}])[0].get("who", {}).get("identifier", {}).get("value")
    return None if origin == home.code or len(targets) < 2 else {**item, "target": targets}


def _narrowed_section(section: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    entries = [entry for entry in section.get("entry", ()) if entry.get("reference") in kept]
    rest = {name: value for name, value in section.items() if name != "entry"}
    return (
        {**rest, "entry": entries}
        if entries
        else {**rest, "text": _NOTHING_NEW}
        if "entry" in section
        else rest
    )


_NOTHING_NEW: Final = {
    "status": "additional",
    "div": '<div xmlns="http://www.w3.org/1999/xhtml">当方の記録を維持しました。</div>',
}


def _with_identifiers(home: Home, theirs: Resource) -> Resource | None:
    """Our Patient with the other towns' 宛名番号 added, nothing else changed; None when it has them all."""
    held = {(one.get("system"), one.get("value")) for one in identifiers(home.person)}
    added = [
        {name: one[name] for name in ("system", "value")}
        for one in identifiers(theirs)
        if str(one.get("system", "")).startswith(ATENA)
        and one.get("system") != atena(home.code)
        and (one.get("system"), one.get("value")) not in held
    ]
    if not added:
        return None
    return {**home.person, "identifier": [*identifiers(home.person), *added]}
