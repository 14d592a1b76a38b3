"""A small family as two towns' files make it. Nobody here is real."""

from typing import Any

from boshi.fhir.outcome import Resource
from boshi.profiles.systems import (
    BASE,
    EN_REPRESENTATION,
    HOUSEHOLD_EXTENSION,
    ORIGIN,
    PROTECTION,
    RECORD_CLASS,
    RELATED_PATIENT_EXTENSION,
    RESIDENCE_EXTENSION,
    atena,
    code_list,
    household,
    record,
    record_id,
)

KITAKYUSHU = "401005"
NAGASU = "433683"
KOKURA = "福岡県北九州市小倉北区城内1-1"
ITEM = f"{BASE}/CodeSystem/item"
ENCOUNTER_KIND = f"{BASE}/CodeSystem/encounter"


def number(digits: int) -> str:
    return f"{digits:015d}"


def patient(
    town: str,
    digits: int,
    family: str,
    given: str,
    kana: str,
    *,
    born: str = "2024-12-01",
    gender: str = "female",
    address: str = KOKURA,
    home: int = 900,
    came_from: str = "",
    former_address: str = "",
    protection: str = "",
) -> Resource:
    """A Patient as the layout `residents` makes it."""
    told: Resource = {
        "resourceType": "Patient",
        "id": record_id(town, "residents", number(digits), "Patient"),
        "meta": {"tag": [{"system": RECORD_CLASS, "code": "residence"}]},
        "extension": [
            {
                "url": HOUSEHOLD_EXTENSION,
                "valueIdentifier": {"system": household(town), "value": number(home)},
            },
            {"url": RESIDENCE_EXTENSION, "extension": _residence(came_from, former_address)},
        ],
        "identifier": [{"system": atena(town), "value": number(digits)}],
        "name": [_name("IDE", family, given), _name("SYL", *kana.split())],
        "gender": gender,
        "birthDate": born,
        "address": [{"use": "home", "text": address}],
    }
    if protection:
        told["meta"]["security"] = [{"system": PROTECTION, "code": protection}]
    return told


def _residence(came_from: str, former_address: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"url": "status", "valueCoding": {"code": "1"}}]
    if came_from:
        parts += [
            {"url": "entryReason", "valueCoding": {"code": "01"}},
            {"url": "entryDate", "valueDate": "2026-10-01"},
            {"url": "formerAddress", "valueString": former_address or KOKURA},
            {"url": "formerMunicipality", "valueIdentifier": {"system": ORIGIN, "value": came_from}},
        ]
    return parts


def _name(kind: str, family: str, given: str) -> dict[str, Any]:
    extension = [{"url": EN_REPRESENTATION, "valueCode": kind}]
    return {"extension": extension, "use": "official", "family": family, "given": [given]}


def _record(town: str, layout: str, key: str, place: str, type: str, class_code: str) -> Resource:
    return {
        "resourceType": type,
        "id": record_id(town, layout, key, place),
        "meta": {"tag": [{"system": RECORD_CLASS, "code": class_code}]},
        "identifier": [{"system": record(town), "value": f"{layout}|{key}|{place}"}],
    }


def shot(town: str, person: Resource, digits: int, dose: int, *, day: str = "2025-03-03") -> Resource:
    """An Immunization of the layout `immunization`."""
    key = f"{number(digits)}.10009.{dose:02d}.01"
    return {
        **_record(town, "immunization", key, "immunization", "Immunization", "immunization"),
        "status": "completed",
        "vaccineCode": {"coding": [{"system": code_list("vaccine-kind"), "code": "10009", "display": "Hib"}]},
        "patient": _reference(person),
        "occurrenceDateTime": day,
        "lotNumber": f"HB{dose:03d}",
        "protocolApplied": [{"doseNumberPositiveInt": dose}],
    }


def _reference(resource: Resource) -> dict[str, str]:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def infant_checkup(town: str, person: Resource, digits: int, *, judgement: str = "3") -> list[Resource]:
    """Encounter and Observations of the layout `infant-checkup-3-4m`."""
    key = f"03.{number(digits)}.01.20250402"
    visit = {
        **_record(town, "infant-checkup-3-4m", key, "encounter", "Encounter", "infant-checkup"),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [
            {
                "coding": [
                    {"system": ENCOUNTER_KIND, "code": "infant-checkup-3-4m", "display": "3～4か月児健診"}
                ]
            }
        ],
        "subject": _reference(person),
        "period": {"start": "2025-04-02"},
        "serviceProvider": {"display": "小倉こどもクリニック"},
    }
    shown = {"1": "異常なし", "3": "要経過観察"}[judgement]
    verdict = _observation(town, key, "judgement", "健診判定", person, visit)
    verdict["valueCodeableConcept"] = {
        "coding": [{"system": code_list("116"), "code": judgement, "display": shown}]
    }
    weight = _observation(town, key, "body-weight", "体重", person, visit)
    weight["valueQuantity"] = {"value": 6, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    return [visit, verdict, weight]


def _observation(town: str, key: str, item: str, text: str, person: Resource, visit: Resource) -> Resource:
    return {
        **_record(town, "infant-checkup-3-4m", key, item, "Observation", "infant-checkup"),
        "status": "final",
        "code": {"coding": [{"system": ITEM, "code": item}], "text": text},
        "subject": _reference(person),
        "encounter": _reference(visit),
        "effectiveDateTime": "2025-04-02",
    }


def smoking(town: str, person: Resource, digits: int) -> Resource:
    """What needs care: it stays unless a purpose is given."""
    key = f"{number(digits)}.0000000001"
    return {
        **_record(town, "pregnancy-notification", key, "smoking", "Observation", "pregnancy"),
        "status": "final",
        "code": {"coding": [{"system": ITEM, "code": "smoking"}], "text": "妊娠中の喫煙"},
        "subject": _reference(person),
        "effectiveDateTime": "2024-05-10",
        "valueString": "なし",
    }


def pregnancy(town: str, mother: Resource, digits: int) -> list[Resource]:
    """EpisodeOfCare and due date of the layout `pregnancy-notification`."""
    key = f"{number(digits)}.0000000001"
    episode = {
        **_record(town, "pregnancy-notification", key, "episode", "EpisodeOfCare", "pregnancy"),
        "status": "finished",
        "type": [{"text": "妊娠"}],
        "patient": _reference(mother),
        "period": {"start": "2024-05-10"},
    }
    due = {
        **_record(town, "pregnancy-notification", key, "expected-delivery-date", "Observation", "pregnancy"),
        "extension": [
            {
                "url": f"{BASE}/StructureDefinition/episode-of-care",
                "valueReference": _reference(episode),
            }
        ],
        "status": "final",
        "code": {"coding": [{"system": ITEM, "code": "expected-delivery-date"}], "text": "分娩予定日"},
        "subject": _reference(mother),
        "effectiveDateTime": "2024-05-10",
        "valueDateTime": "2024-12-05",
    }
    return [episode, due]


def mother_link(
    town: str, child: Resource, child_digits: int, mother: Resource, mother_digits: int
) -> Resource:
    """The RelatedPerson of the layout `residents`."""
    return {
        "resourceType": "RelatedPerson",
        "id": record_id(town, "residents", number(child_digits), "mother"),
        "meta": {"tag": [{"system": RECORD_CLASS, "code": "residence"}]},
        "extension": [{"url": RELATED_PATIENT_EXTENSION, "valueReference": _reference(mother)}],
        "identifier": [
            {"system": atena(town), "value": number(mother_digits)},
            {"system": record(town), "value": f"residents|{number(child_digits)}|mother"},
        ],
        "patient": _reference(child),
        "relationship": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]}
        ],
    }
