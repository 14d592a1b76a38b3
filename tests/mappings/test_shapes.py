"""The FHIR that layouts make: valid, and shaped as the rest of boshi expects."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import Phase, given, settings

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Resource
from boshi.fhir.structure import check_structure
from boshi.mappings import Reject, Row, layouts, map_row, soften, to_resources, to_rows
from boshi.profiles import systems
from tests.mappings.drawing import distinct, rows
from tests.mappings.files import DOSE, RESIDENT, TOWN, file_bytes, read
from tests.mappings.test_round_trip import stillborn

MOTHER = "000000000000077"
BIRTH = {
    "宛名番号": "000000000000123",
    "登録番号": "0000000009",
    "登録番号連番": "01",
    "母親_宛名番号": MOTHER,
    "娩出日時": "2026/04/01 03:25",
    "出生体重": "2980",
    "分娩方法": "1",
    "輸血の有無": "2",
}
TALL = {
    "乳幼児健診コード": "03",
    "宛名番号": "000000000000123",
    "枝番": "01",
    "健診受診日": "20260801",
    "項目コード": "A02",
    "数値": "6.90",
    "不詳フラグ": "0",
}


def made(layout: str, cells: dict[str, str]) -> dict[str, Resource]:
    """The resources of a row by place."""
    told = to_resources(layouts()[layout], Row(2, cells), TOWN)
    assert not any(isinstance(one, Reject) for one in told), told
    return {one["identifier"][0]["value"].rpartition("|")[2]: one for one in told}  # type: ignore[index]


def refused(layout: str, cells: dict[str, str]) -> set[tuple[str, str]]:
    return {(one.column, one.reason.code) for one in map_row(layouts()[layout], Row(2, cells), TOWN).rejects}


def patient_of(number: str) -> str:
    return f"Patient/{systems.record_id(TOWN, 'residents', number, 'Patient')}"


def without_primitive_extensions(element: Any) -> Any:
    """fhir.resources does not know `_value[x]` of an Extension, which R4 allows."""
    if isinstance(element, dict):
        kept = {
            key: without_primitive_extensions(part)
            for key, part in element.items()
            if not key.startswith("_value")
        }
        return {**kept, "valueString": "-"} if "url" in kept and len(kept) == 1 else kept
    return [without_primitive_extensions(part) for part in element] if isinstance(element, list) else element


@pytest.mark.parametrize("name", sorted(layouts()))
def test_every_resource_is_valid_and_a_second_library_agrees(name: str) -> None:
    layout = layouts()[name]

    @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(rows(layout))
    def holds(cells: dict[str, str]) -> None:
        (row,) = distinct([cells])
        for resource in made(
            name, {key: text for key, text in stillborn(row).items() if not layout.columns[key].discard}
        ).values():
            assert check_structure(resource) == []
            model = get_fhir_model_class(resource["resourceType"])
            model.model_validate_json(encode(without_primitive_extensions(resource)))

    holds()


def test_the_same_row_makes_the_same_ids_for_ever() -> None:
    assert made("residents", RESIDENT)["Patient"]["id"] == "c039dc0b26de08d4cc27c31708564929"


def test_every_record_bears_its_class_and_its_row() -> None:
    for layout, cells in (
        ("residents", RESIDENT),
        ("immunization", DOSE),
        ("birth", BIRTH),
        ("infant-checkup-3-4m", TALL),
    ):
        for resource in made(layout, cells).values():
            assert resource["meta"]["tag"][0]["system"] == systems.RECORD_CLASS
            assert resource["identifier"][0]["system"] == systems.record(TOWN)


def test_a_protected_person_is_labelled() -> None:
    labels = made("residents", {**RESIDENT, "支援措置区分": "2", "一時保護": "1"})["Patient"]["meta"][
        "security"
    ]
    assert labels == [
        {"system": systems.PROTECTION, "code": "support-2"},
        {"system": systems.PROTECTION, "code": "temporary-custody"},
    ]


def test_a_child_points_to_its_mother_and_keeps_her_number_if_she_is_not_there() -> None:
    mother = made("residents", {**RESIDENT, "母_宛名番号": MOTHER})["mother"]
    link = mother["extension"][0]["valueReference"]
    assert link["reference"] == patient_of(MOTHER)
    assert soften([mother], lambda target: target != patient_of(MOTHER)) == []
    assert link == {"identifier": {"system": systems.atena(TOWN), "value": MOTHER}}


def test_a_row_whose_person_is_missing_says_so() -> None:
    dose = made("immunization", DOSE)["immunization"]
    assert soften([dose], lambda _: False) == [patient_of(DOSE["宛名番号"])]


def test_a_stillbirth_stands_on_the_mother_and_makes_no_child() -> None:
    cells = {**BIRTH, "宛名番号": "", "特別な所見_処置": "3"}
    resources = made("birth", cells)
    assert "mother" not in resources
    assert {told["subject"]["reference"] for told in resources.values()} == {patient_of(MOTHER)}
    assert refused("birth", {**cells, "母親_宛名番号": ""}) == {("母親_宛名番号", "rule")}
    assert refused("birth", {**cells, "宛名番号": "5"}) == {("宛名番号", "rule")}


def test_the_delivery_is_the_mothers_and_the_newborn_the_childs() -> None:
    resources = made("birth", BIRTH)
    child, mother = patient_of(BIRTH["宛名番号"]), patient_of(MOTHER)
    assert resources["birth-weight"]["subject"]["reference"] == child
    assert resources["delivery-method"]["subject"]["reference"] == mother
    assert resources["mother"]["patient"]["reference"] == child
    assert resources["delivery"]["episodeOfCare"][0]["identifier"]["value"] == f"{MOTHER}-0000000009"


def test_without_a_known_mother_the_delivery_stands_on_the_child() -> None:
    resources = made("birth", {**BIRTH, "母親_宛名番号": ""})
    assert resources["delivery-method"]["subject"]["reference"] == patient_of(BIRTH["宛名番号"])


def test_twins_are_told_apart_by_their_number_and_not_by_the_pregnancy() -> None:
    first, second = BIRTH, {**BIRTH, "宛名番号": "000000000000124", "登録番号連番": "02"}
    ids = {one["id"] for cells in (first, second) for one in made("birth", cells).values()}
    assert len(ids) == len(made("birth", first)) + len(made("birth", second))


def test_a_dose_not_given_is_not_done() -> None:
    assert made("immunization", {**DOSE, "接種区分": "2"})["immunization"]["status"] == "not-done"


def test_a_period_number_is_no_dose_number() -> None:
    assert made("immunization", {**DOSE, "回数": "51"})["immunization"].get("protocolApplied") is None
    assert made("immunization", DOSE)["immunization"]["protocolApplied"] == [{"doseNumberPositiveInt": 1}]


def test_tall_rows_of_one_visit_share_its_encounter() -> None:
    weight, judgement = (
        made("infant-checkup-3-4m", TALL),
        made("infant-checkup-3-4m", {**TALL, "項目コード": "C01", "数値": "", "文字": "3"}),
    )
    assert weight["encounter"] == judgement["encounter"]
    assert str(weight["body-weight"]["valueQuantity"]["value"]) == "6.90"
    assert judgement["judgement"]["valueCodeableConcept"]["coding"][0]["display"] == "要経過観察"


def test_fushou_in_a_tall_row_is_a_reason_and_no_value() -> None:
    weight = made("infant-checkup-3-4m", {**TALL, "数値": "", "不詳フラグ": "1"})["body-weight"]
    assert weight["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "valueQuantity" not in weight


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"項目コード": "Z99"}, "項目コード", "unknown-item"),
        ({"不詳フラグ": "1"}, "数値", "tall-value"),
        ({"数値": ""}, "数値", "tall-value"),
        ({"数値": "", "文字": "6.9"}, "数値", "tall-value"),
        ({"不詳フラグ": "2"}, "不詳フラグ", "tall-value"),
        ({"数値": "690"}, "数値", "out-of-range"),
    ],
)
def test_a_tall_row_that_makes_no_sense_is_refused(cells: dict[str, str], column: str, code: str) -> None:
    assert refused("infant-checkup-3-4m", {**TALL, **cells}) == {(column, code)}


def test_an_era_past_its_end_is_taken_with_a_warning() -> None:
    mapped = map_row(layouts()["residents"], Row(2, {**RESIDENT, "生年月日": "平成35年3月31日"}), TOWN)
    assert mapped.resources[0]["birthDate"] == "2023-03-31"
    assert [(told.column, told.reason.code) for told in mapped.warned] == [("生年月日", "outside-era")]


def test_a_received_record_is_written_under_the_number_of_this_town() -> None:
    dose = made("immunization", DOSE)["immunization"]
    here = {
        "resourceType": "Patient",
        "id": "here",
        "identifier": [
            {"system": systems.atena(TOWN), "value": DOSE["宛名番号"]},
            {"system": systems.atena("332119"), "value": "000000000009999"},
        ],
    }
    received = {**dose, "patient": {"reference": "Patient/here"}}
    (row,) = to_rows(layouts()["immunization"], [here, received], "332119")
    assert isinstance(row, dict)
    assert row["宛名番号"] == "000000000009999"
    assert row["ロット番号"] == DOSE["ロット番号"]


def test_a_record_of_a_person_without_a_number_here_is_named() -> None:
    dose = made("immunization", DOSE)["immunization"]
    (reject,) = to_rows(layouts()["immunization"], [dose], "332119")
    assert isinstance(reject, Reject)
    assert (reject.column, reject.reason.code) == ("宛名番号", "no-number-here")
    assert reject.record == f"Immunization/{dose['id']}"


def test_a_mother_who_moved_without_her_child_makes_no_row_of_another_child() -> None:
    resources = made("birth", BIRTH)
    hers = [
        one for one in resources.values() if one.get("subject", {}).get("reference") == patient_of(MOTHER)
    ]
    mother = {
        "resourceType": "Patient",
        "id": patient_of(MOTHER).removeprefix("Patient/"),
        "identifier": [{"system": systems.atena("332119"), "value": "000000000000001"}],
    }
    rejects = list(to_rows(layouts()["birth"], [mother, *hers], "332119"))
    assert [one.column for one in rejects if isinstance(one, Reject)] == ["宛名番号"]


def test_reading_a_file_and_mapping_it_is_one_pass() -> None:
    layout = layouts()["residents"]
    (row,) = read(layout, file_bytes(layout, RESIDENT))
    assert isinstance(row, Row)
    assert [one["resourceType"] for one in to_resources(layout, row, TOWN) if isinstance(one, dict)] == [
        "Patient"
    ]
