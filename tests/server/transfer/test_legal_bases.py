"""Legal bases, what needs care, and the directory: data that a town edits, and what is refused in it."""

from pathlib import Path

import pytest
import yaml

from boshi.fhir.outcome import Resource
from boshi.server.transfer.legal_bases import load_legal_bases
from boshi.server.transfer.sensitive import load_sensitivity
from boshi.server.transfer.towns import Town, directory_of, load_directory


def test_every_class_names_its_law_its_certainty_and_a_known_affair() -> None:
    shipped = load_legal_bases()
    assert {"prenatal-checkup", "infant-checkup", "immunization", "pregnancy", "delivery", "newborn"} == set(
        shipped.classes
    )
    assert "法的助言ではありません" in shipped.notice
    assert shipped.dated
    for record_class in shipped.classes.values():
        assert record_class.affair in shipped.affairs
        assert all(basis.law and basis.mark in ("P", "S", "RECALLED") for basis in record_class.bases)


def test_checkups_need_no_consent_by_the_maternal_and_child_health_act() -> None:
    for code in ("prenatal-checkup", "infant-checkup"):
        basis = load_legal_bases().classes[code].basis()
        assert basis is not None
        assert (basis.code, basis.consent, basis.mark) == ("mch-act-19-2-1", False, "P")


def test_a_town_keeps_its_own_list(tmp_path: Path) -> None:
    path = tmp_path / "bases.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "dated": "2027-01-01",
                "notice": "x",
                "affairs": {"a": "事務"},
                "bases": {"own": {"law": "条例", "text": "", "consent": True, "mark": "P"}},
                "classes": [{"class": "visit", "title": "訪問", "affair": "a", "bases": ["own"]}],
            }
        ),
        encoding="utf-8",
    )
    basis = load_legal_bases(path).classes["visit"].basis("own")
    assert basis is not None
    assert basis.consent


@pytest.mark.parametrize("text", ["classes: []", "bases: [", "dated: 1\nbases: {a: {law: x}}", "[]"])
def test_a_broken_list_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bases.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bases\.yaml"):
        load_legal_bases(path)


@pytest.mark.parametrize(
    "record",
    [
        {"code": {"text": "妊娠中の喫煙"}},
        {"code": {"text": "ＨＩＶ抗体"}},
        {"note": [{"text": "たばこは やめた"}]},
        {"code": {"coding": [{"display": "クラミジア検査"}]}},
        {
            "code": {
                "coding": [{"system": "http://boshi-fhir.example.jp/fhir/CodeSystem/list-144", "code": "1"}]
            }
        },
        {"code": {"coding": [{"system": "http://loinc.org", "code": "99046-5"}]}},
        {
            "meta": {
                "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SDV"}]
            }
        },
        {"component": [{"code": {"text": "飲酒"}}]},
        {"text": {"div": "<div>特定妊婦として支援</div>"}},
    ],
)
def test_what_needs_care_is_held_back(record: Resource) -> None:
    assert load_sensitivity().holds_back({"resourceType": "Observation", **record})


def test_an_ordinary_record_is_not() -> None:
    assert not load_sensitivity().holds_back(
        {"code": {"text": "体重"}, "valueQuantity": {"value": 3, "unit": "kg"}}
    )


@pytest.mark.parametrize(
    "address", ["http://town.example.jp/transfer", "ftp://127.0.0.1/", "http://10.0.0.1/x"]
)
def test_towns_off_loopback_speak_https(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        directory_of([Town("401005", "北九州市", address)])


def test_a_wrong_municipality_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "towns.yaml"
    path.write_text("towns: [{code: '401006', name: x, base_url: 'https://a.example.jp'}]", encoding="utf-8")
    with pytest.raises(ValueError, match="401006"):
        load_directory(path)


def test_a_directory_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "towns.yaml"
    path.write_text(
        "towns:\n- {code: '401005', name: 北九州市, base_url: 'https://a.example.jp/transfer/', phone: 093-582-2121}\n",
        encoding="utf-8",
    )
    town = load_directory(path).get("401005")
    assert town == Town("401005", "北九州市", "https://a.example.jp/transfer", "093-582-2121")
