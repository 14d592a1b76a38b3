"""The document: first origins, and no reference that dangles."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.outcome import Resource
from boshi.fhir.references import references
from boshi.fhir.structure import check_structure
from boshi.server.transfer.document import Contents, document
from tests.server.transfer.families import KITAKYUSHU, NAGASU, infant_checkup, patient, shot

CHILD = patient(KITAKYUSHU, 12, "吉田", "凛", "ヨシダ リン")
CLINICS = {
    "resourceType": "Immunization",
    "id": "from-a-clinic",
    "meta": {
        "tag": [
            {"system": "http://boshi-fhir.example.jp/fhir/CodeSystem/record-class", "code": "immunization"}
        ]
    },
    "status": "completed",
    "vaccineCode": {"text": "Hib"},
    "patient": {"reference": f"Patient/{CHILD['id']}"},
    "occurrenceDateTime": "2025-01-01",
}
CONTENTS = Contents(
    task="k" * 32,
    asker=NAGASU,
    town=KITAKYUSHU,
    town_name="北九州市",
    person=CHILD,
    relatives=(),
    records=(*infant_checkup(KITAKYUSHU, CHILD, 12), shot(NAGASU, CHILD, 12, 1), CLINICS),
    classes=(("infant-checkup", "乳幼児健診"), ("immunization", "予防接種"), ("pregnancy", "妊娠届出")),
    elsewhere={},
    origins={},
    when="2026-11-21T00:00:00.000Z",
)


def items_of(bundle: Resource) -> list[Resource]:
    return [entry["resource"] for entry in bundle["entry"]]


def origins_of(bundle: Resource) -> dict[str, str]:
    return {
        target["reference"]: item["agent"][0]["who"]["identifier"]["value"]
        for item in items_of(bundle)
        if item["resourceType"] == "Provenance"
        for target in item["target"]
        if not target["reference"].startswith("Patient/")
    }


def test_it_is_a_valid_document_with_its_composition_first() -> None:
    bundle = document(CONTENTS)
    assert [issue for item in (bundle, *items_of(bundle)) for issue in check_structure(item)] == []
    sections = {one["title"]: one for one in items_of(bundle)[0]["section"]}
    assert len(sections["乳幼児健診"]["entry"]) == 3
    assert "emptyReason" in sections["妊娠届出"]


def test_the_person_goes_without_address_household_and_protection() -> None:
    person = items_of(
        document(replace(CONTENTS, person={**CHILD, "meta": {"security": [{"code": "support-1"}]}}))
    )[1]
    assert person.keys() == {"resourceType", "id", "identifier", "name", "gender", "birthDate"}


def test_a_record_keeps_its_first_origin_over_a_third_town() -> None:
    told = origins_of(document(CONTENTS))
    third = f"Immunization/{shot(NAGASU, CHILD, 12, 1)['id']}"
    assert {code for key, code in told.items() if key != third} == {KITAKYUSHU}
    assert told[third] == NAGASU
    again = origins_of(document(replace(CONTENTS, origins={"Immunization/from-a-clinic": "131016"})))
    assert again["Immunization/from-a-clinic"] == "131016"


@given(st.sets(st.integers(0, 4)))
def test_whatever_is_left_out_no_reference_dangles(left_out: set[int]) -> None:
    records = [item for place, item in enumerate(CONTENTS.records) if place not in left_out]
    bundle = document(replace(CONTENTS, records=records))
    inside = {f"{item['resourceType']}/{item['id']}" for item in items_of(bundle)}
    for item in items_of(bundle):
        for _path, holder in references(item):
            assert holder["reference"] in inside
        assert check_structure(item) == []
