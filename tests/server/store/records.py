"""Small records of a family in 北九州市, as tests of the store write them."""

from decimal import Decimal
from typing import Any

from boshi.fhir.search.criteria import Search
from boshi.fhir.search.query import parse_search
from boshi.profiles.systems import atena

Resource = dict[str, Any]
ATENA = atena("401005")


def patient(id: str | None = None, **changed: Any) -> Resource:
    """佐藤花子, or as `changed` says."""
    record: Resource = {
        "resourceType": "Patient",
        "identifier": [{"system": ATENA, "value": "000000000012345"}],
        "name": [{"text": "佐藤 花子", "family": "佐藤", "given": ["花子"]}],
        "gender": "female",
        "birthDate": "1994-05-17",
        **changed,
    }
    return {**record, "id": id} if id else record


def weight(patient_id: str, value: str = "3.10", id: str | None = None) -> Resource:
    """A birth weight in kg of a patient."""
    record: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8339-4"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2024-04-01",
        "valueQuantity": {
            "value": Decimal(value),
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
    }
    return {**record, "id": id} if id else record


def asked(resource_type: str, **parameters: str) -> Search:
    """The search of these parameters."""
    search = parse_search(
        resource_type, [(name.replace("_", "-"), value) for name, value in parameters.items()]
    )
    assert isinstance(search, Search), search
    return search
