"""Where an expression can begin: what is left out could not have found anything."""

import pytest

from boshi.fhir.path.parser import parse
from boshi.fhir.path.roots import root_properties


@pytest.mark.parametrize(
    ("type_name", "expression", "properties"),
    [
        ("Observation", "Observation.code", {"code"}),
        ("Observation", "Observation.code | Observation.component.code", {"code", "component"}),
        ("Observation", "(Observation.value as Quantity)", {"valueQuantity"}),
        ("Observation", "(Observation.value as string)", {"valueString", "_valueString"}),
        ("Observation", "(Observation.value as CodeableConcept).text", {"valueCodeableConcept"}),
        ("Condition", "(Condition.onset as Quantity)", {"onsetAge"}),
        ("Patient", "Patient.birthDate", {"birthDate", "_birthDate"}),
        ("Patient", "Patient.telecom.where(system='phone')", {"telecom"}),
        ("Patient", "Patient.deceased.exists()", None),
    ],
)
def test_the_properties_an_expression_begins_at(
    type_name: str, expression: str, properties: set[str] | None
) -> None:
    assert root_properties(parse(expression), type_name) == properties
