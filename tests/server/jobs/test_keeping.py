"""A town's own file takes nothing away that other towns wrote into a record."""

from boshi.profiles.systems import PROTECTION, RECORD_CLASS, atena, record
from boshi.server.jobs.keeping import is_of_another_town, with_kept

HERE = {"system": record("401005"), "value": "residents|000000030000013|Patient"}
LABEL = {"system": "http://example.jp/label", "code": "R"}
THERE = {"system": atena("332119"), "value": "000000070000002"}


def test_identifiers_of_another_town_stay_where_they_stood() -> None:
    kept = with_kept({"identifier": [HERE]}, {"identifier": [THERE, HERE]}, "401005")
    assert kept == {"identifier": [THERE, HERE]}


def test_an_identifier_of_this_town_that_the_file_no_longer_has_goes() -> None:
    gone = {"system": atena("401005"), "value": "000000030000099"}
    resource = {"identifier": [HERE]}
    assert with_kept(resource, {"identifier": [HERE, gone]}, "401005") is resource


def test_protection_follows_the_file_and_other_labels_stay() -> None:
    before = {
        "meta": {
            "tag": [{"system": RECORD_CLASS, "code": "residence"}],
            "security": [
                {"system": PROTECTION, "code": "support-1"},
                {"system": "http://example.jp/label", "code": "R"},
            ],
        }
    }
    resource = {"meta": {"tag": [{"system": RECORD_CLASS, "code": "residence"}]}}
    assert with_kept(resource, before, "401005")["meta"]["security"] == [
        {"system": "http://example.jp/label", "code": "R"}
    ]


def test_what_stands_for_another_town_is_told_by_its_code() -> None:
    assert is_of_another_town(record("332119"), "401005")
    assert not is_of_another_town(record("401005"), "401005")
    assert not is_of_another_town("http://example.jp/332119", "401005")


def test_a_link_to_somebody_with_a_number_in_another_town_alone_stays_until_the_row_names_somebody() -> None:
    url = "http://example.jp/father"
    theirs = {"url": url, "valueReference": {"identifier": THERE, "display": "青木　光司"}}
    ours = {"url": url, "valueReference": {"reference": "Patient/2"}}
    assert with_kept({"identifier": [HERE]}, {"extension": [theirs]}, "401005")["extension"] == [theirs]
    named = {"identifier": [HERE], "extension": [ours]}
    assert with_kept(named, {"extension": [theirs]}, "401005") is named
    unnamed = {"identifier": [HERE]}
    assert with_kept(unnamed, {"extension": [ours]}, "401005") is unnamed
