"""The records that the measurements read and create: a mother, and one value of her checkup."""

from typing import Any

MOTHER = "bench-mother"


def mother() -> dict[str, Any]:
    """A Patient as the residents layout makes one."""
    return {
        "resourceType": "Patient",
        "id": MOTHER,
        "meta": {
            "tag": [
                {"system": "http://boshi-fhir.example.jp/fhir/CodeSystem/record-class", "code": "residence"}
            ]
        },
        "identifier": [
            {"system": "http://boshi-fhir.example.jp/fhir/id/atena/401005", "value": "000000000001234"}
        ],
        "active": True,
        "name": [_name("IDE", "髙橋", "花子"), _name("SYL", "タカハシ", "ハナコ")],
        "gender": "female",
        "birthDate": "1995-04-01",
        "address": [{"text": "福岡県北九州市小倉北区城内1-1", "postalCode": "8038501", "state": "福岡県"}],
    }


def _name(representation: str, family: str, given: str) -> dict[str, Any]:
    url = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
    return {
        "extension": [{"url": url, "valueCode": representation}],
        "use": "official",
        "text": f"{family} {given}",
        "family": family,
        "given": [given],
    }


def observation(number: int) -> dict[str, Any]:
    """An Observation as the checkup layout makes one: the mother's weight, no two alike."""
    return {
        "resourceType": "Observation",
        "meta": {
            "tag": [
                {
                    "system": "http://boshi-fhir.example.jp/fhir/CodeSystem/record-class",
                    "code": "prenatal-checkup",
                }
            ]
        },
        "identifier": [
            {
                "system": "http://boshi-fhir.example.jp/fhir/id/record/401005",
                "value": f"prenatal-checkup|000000000001234-1-{number}|weight",
            }
        ],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "vital-signs",
                    }
                ]
            }
        ],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "体重"}],
            "text": "体重",
        },
        "subject": {"reference": f"Patient/{MOTHER}", "display": "髙橋 花子"},
        "effectiveDateTime": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}T10:{number % 60:02}:00+09:00",
        "valueQuantity": {
            "value": 50 + number % 30,
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
    }
