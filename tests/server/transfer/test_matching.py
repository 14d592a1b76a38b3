"""Matching: old forms, kana, sex, former address, twins."""

import pytest

from boshi.fhir.outcome import Resource
from boshi.server.transfer.matching import match
from tests.server.transfer.families import KITAKYUSHU, KOKURA, patient


def asked(**changes: str) -> Resource:
    told = {"family": "吉田", "given": "髙子", "kana": "ヨシダ タカコ", **changes}
    person = patient(KITAKYUSHU, 1, told.pop("family"), told.pop("given"), told.pop("kana"), **told)
    person["address"] = [{"use": "old", "text": told.get("address", KOKURA)}]
    del person["id"]
    return person


TAKAKO = patient(KITAKYUSHU, 7, "吉田", "高子", "ﾖｼﾀﾞ ﾀｶｺ")


def test_old_kanji_and_half_width_kana_are_the_same_person() -> None:
    found = match(asked(), [TAKAKO])
    assert (found.verdict, found.candidates[0].patient) == ("matched", TAKAKO["id"])


def test_nobody_of_that_birth_date_or_name_is_unknown() -> None:
    assert (
        match(asked(), [patient(KITAKYUSHU, 8, "佐藤", "花", "サトウ ハナ", born="2020-01-01")]).verdict
        == "unknown"
    )
    assert match(asked(), []).verdict == "unknown"


def test_another_sex_is_never_certain() -> None:
    assert match(asked(gender="male"), [TAKAKO]).verdict == "ambiguous"


def test_another_birth_date_is_looked_at_by_a_person() -> None:
    assert match(asked(born="2024-12-10"), [TAKAKO]).verdict == "ambiguous"


def test_a_changed_family_name_is_looked_at_by_a_person() -> None:
    assert match(asked(family="山田", kana="ヤマダ タカコ"), [TAKAKO]).verdict == "ambiguous"


def test_a_former_family_name_is_enough() -> None:
    person = asked(family="山田", kana="ヤマダ タカコ")
    person["name"].append({"use": "maiden", "family": "吉田"})
    assert match(person, [TAKAKO]).verdict == "matched"


def test_a_latin_name_without_kana_is_enough() -> None:
    known = patient(KITAKYUSHU, 9, "NGUYEN", "THI LAN", "x y", born="1998-02-03")
    known["name"] = [{"use": "official", "text": "NGUYEN THI LAN"}]
    person = {**asked(born="1998-02-03"), "name": [{"text": "Nguyen Thi Lan"}]}
    assert match(person, [known]).verdict == "matched"


TWINS = [
    patient(KITAKYUSHU, 21, "田中", "結", "タナカ ユイ"),
    patient(KITAKYUSHU, 22, "田中", "凛", "タナカ リン"),
]


def test_twins_are_told_apart_by_the_given_name() -> None:
    found = match(asked(family="田中", given="凛", kana="タナカ リン"), TWINS)
    assert (found.verdict, found.candidates[0].patient) == ("matched", TWINS[1]["id"])


@pytest.mark.parametrize("given", ["", "鈴"])
def test_twins_without_a_deciding_given_name_are_ambiguous(given: str) -> None:
    person = asked(family="田中", given=given or "?", kana="タナカ ?")
    if not given:
        for name in person["name"]:
            del name["given"]
    found = match(person, TWINS)
    assert found.verdict == "ambiguous"
    assert {one.patient for one in found.candidates} == {twin["id"] for twin in TWINS}


def test_two_people_of_one_name_and_birth_date_are_ambiguous() -> None:
    double = patient(KITAKYUSHU, 30, "吉田", "髙子", "ヨシダ タカコ", address="別の住所")
    assert match(asked(), [TAKAKO, double]).verdict == "ambiguous"
