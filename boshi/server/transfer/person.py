"""What a transfer reads of a Patient: names in all their forms, residence, household, protection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from boshi.fhir.outcome import Resource
from boshi.profiles.systems import (
    EN_REPRESENTATION,
    HOUSEHOLD_EXTENSION,
    PROTECTION,
    RESIDENCE_EXTENSION,
    atena,
)

ENTRY_FROM_ELSEWHERE = frozenset({"01", "02", "03"})
"""記載事由 that prove residence: 国内転入, 国外転入等, 出生."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name: `kind` is kanji, kana or other; `use` as in HumanName."""

    kind: str
    use: str
    family: str
    given: str
    text: str

    @property
    def full(self) -> str:
        """The whole name in one string."""
        return self.text or " ".join(part for part in (self.family, self.given) if part)


@dataclass(frozen=True, slots=True)
class Residence:
    """The residence extension: 住民状態, 記載事由, 転入日, former address and 団体コード."""

    status: str = ""
    entry_reason: str = ""
    entry_date: str = ""
    former_address: str = ""
    former_municipality: str = ""


def names(person: Resource) -> list[PersonName]:
    """Every name of the person, kanji and kana apart."""
    return [_name(item) for item in person.get("name", ()) if isinstance(item, dict)]


def _name(item: dict[str, Any]) -> PersonName:
    kinds = {"IDE": "kanji", "SYL": "kana"}
    representation = next(
        (e.get("valueCode") for e in item.get("extension", ()) if e.get("url") == EN_REPRESENTATION), ""
    )
    return PersonName(
        kind=kinds.get(str(representation), "other"),
        use=str(item.get("use", "")),
        family=str(item.get("family", "")),
        given=" ".join(str(part) for part in item.get("given", ()) if part),
        text=str(item.get("text", "")),
    )


def display_name(person: Resource) -> str:
    """The name that people read: kanji first, 旧氏 last."""
    rank = {"kanji": 0, "other": 1, "kana": 2}
    known = sorted(names(person), key=lambda name: (name.use in ("old", "maiden"), rank[name.kind]))
    return known[0].full if known else "氏名不詳"


def kana_name(person: Resource) -> str:
    """The name in kana, empty when the person has none (a Latin name, often)."""
    return next((name.full for name in names(person) if name.kind == "kana"), "")


def residence(person: Resource) -> Residence:
    """The residence of the person as the town's residents file has it."""
    parts = dict(_sub_extensions(person, RESIDENCE_EXTENSION))
    return Residence(
        status=parts.get("status", ""),
        entry_reason=parts.get("entryReason", ""),
        entry_date=parts.get("entryDate", ""),
        former_address=parts.get("formerAddress", ""),
        former_municipality=parts.get("formerMunicipality", ""),
    )


def _sub_extensions(person: Resource, url: str) -> Iterator[tuple[str, str]]:
    for extension in person.get("extension", ()):
        if extension.get("url") == url:
            for part in extension.get("extension", ()):
                yield str(part.get("url", "")), value_text(part)


def value_text(holder: dict[str, Any]) -> str:
    """The plain text of a value[x]: string, code, date, Identifier, Coding, CodeableConcept or Address."""
    value = next((value for key, value in holder.items() if key.startswith("value")), "")
    if isinstance(value, dict):
        coding: dict[str, Any] = next(iter(value.get("coding", ())), {})
        return str(value.get("value") or value.get("code") or value.get("text") or coding.get("code", ""))
    return str(value)


def household(person: Resource) -> tuple[str, str] | None:
    """System and value of 世帯番号."""
    for extension in person.get("extension", ()):
        if extension.get("url") == HOUSEHOLD_EXTENSION:
            identifier = extension.get("valueIdentifier", {})
            return str(identifier.get("system", "")), str(identifier.get("value", ""))
    return None


def protections(person: Resource) -> frozenset[str]:
    """支援措置 and 一時保護 labels of this version of the person."""
    labels = person.get("meta", {}).get("security", ())
    return frozenset(str(label.get("code")) for label in labels if label.get("system") == PROTECTION)


def identifier_value(resource: Resource, system: str) -> str | None:
    """The first identifier of `resource` in `system`."""
    return next((str(i.get("value")) for i in identifiers(resource) if i.get("system") == system), None)


def identifiers(resource: Resource) -> list[dict[str, Any]]:
    """The identifiers of a resource, whose element may repeat or not."""
    told = resource.get("identifier", [])
    items: Iterable[Any] = told if isinstance(told, list) else [told]
    return [item for item in items if isinstance(item, dict)]


def atena_number(person: Resource, code: str) -> str | None:
    """The 宛名番号 of the person in the town `code`."""
    return identifier_value(person, atena(code))


def address_text(address: dict[str, Any]) -> str:
    """One address in one line."""
    lines = "".join(str(line) for line in address.get("line", ()))
    parts = (str(address.get("state", "")), str(address.get("city", "")), lines)
    return str(address.get("text", "")) or "".join(parts)
