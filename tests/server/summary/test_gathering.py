"""One page from a town's records: who, family, follow-ups, judgements, vaccinations, and where each line is from."""

from datetime import date

import pytest

from boshi.profiles.systems import BASE
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.summary import Summary, fit, summary
from boshi.server.summary.data import TEXT_EMS, ems
from tests.server.transfer.families import (
    KITAKYUSHU,
    infant_checkup,
    mother_link,
    number,
    patient,
    pregnancy,
    shot,
)

MOTHER = patient(KITAKYUSHU, 11, "吉田", "髙子", "ヨシダ タカコ", born="1995-05-05")
CHILD = patient(KITAKYUSHU, 12, "吉田", "凛", "ヨシダ リン", protection="support-1")
LINK = mother_link(KITAKYUSHU, CHILD, 12, MOTHER, 11)
RECORDS = [
    *pregnancy(KITAKYUSHU, MOTHER, 11),
    *infant_checkup(KITAKYUSHU, CHILD, 12),
    shot(KITAKYUSHU, CHILD, 12, 1),
    {**shot(KITAKYUSHU, CHILD, 12, 2, day="2025-04-07"), "status": "not-done"},
]


async def page_of(town: Repository, person: dict[str, object]) -> Summary:
    await town.put_many([MOTHER, CHILD, LINK, *RECORDS])
    return await summary(
        town, str(person["id"]), town_name={KITAKYUSHU: "北九州市"}.get, on=date(2026, 11, 21)
    )


def lines_of(page: Summary) -> dict[str, list[tuple[str, str]]]:
    return {
        section.title: [(one.text, one.source.text) for one in section.lines] for section in page.sections
    }


async def test_a_child_with_a_follow_up_and_a_missed_dose(town: Repository) -> None:
    page = await page_of(town, CHILD)
    told = lines_of(page)
    checkup = ("3～4か月児健診 要経過観察", "北九州市 2025-04-02 小倉こどもクリニック")
    assert told["フォロー中の事項"] == [
        checkup,
        ("Hib 2回目 未接種（予診のみ）", "北九州市 2025-04-07 予防接種実績"),
    ]
    assert told["健診ごとの最終判定"] == [checkup]
    assert told["予防接種"] == [("Hib 1回目 Lot HB001", "北九州市 2025-03-03 予防接種実績")]
    assert told["家族"] == [("母 吉田 髙子（1995-05-05）", "北九州市 宛名（住民）")]
    assert ("生年月日", "2024-12-01（1歳11か月）") in page.facts
    assert ("宛名番号", number(12)) in page.facts
    assert "支援措置" in page.warning


async def test_a_long_name_of_a_vaccine_never_hides_the_dose_or_the_lot(town: Repository) -> None:
    name = "沈降精製百日せきジフテリア破傷風不活化ポリオヘモフィルスｂ型混合ワクチン"
    long = {**shot(KITAKYUSHU, CHILD, 12, 3), "vaccineCode": {"coding": [{"code": "90002"}], "text": name}}
    term = {key: value for key, value in shot(KITAKYUSHU, CHILD, 12, 4).items() if key != "protocolApplied"}
    url = f"{BASE}/StructureDefinition/immunization-dose"
    await town.put_many([CHILD])
    await town.put_many([long, {**term, "extension": [{"url": url, "valueString": "51"}]}])
    told = lines_of(fit(await page_of(town, CHILD)))["予防接種"]
    (shown,) = [text for text, _ in told if text.startswith("沈降精製百日せき")]
    assert shown.endswith("… 3回目 Lot HB003") and ems(shown) <= TEXT_EMS
    assert "Hib 回数51 Lot HB004" in [text for text, _ in told]


async def test_a_mother_with_her_pregnancy_and_child(town: Repository) -> None:
    page = await page_of(town, MOTHER)
    told = lines_of(page)
    assert told["妊娠・出産"] == [
        ("妊娠（終了）", "北九州市 2024-05-10 妊娠届出"),
        ("分娩予定日 2024-12-05", "北九州市 2024-05-10 妊娠届出"),
    ]
    assert told["家族"] == [("子 吉田 凛（2024-12-01）", "北九州市 宛名（住民）")]
    assert page.warning == ""


async def test_a_later_judgement_of_the_same_checkup_ends_the_follow_up(town: Repository) -> None:
    again = infant_checkup(KITAKYUSHU, CHILD, 12, judgement="1")
    for item in again:
        item["id"] = f"{item['id'][:-4]}aaaa"
        del item["identifier"]
        if item["resourceType"] == "Observation":
            item["effectiveDateTime"] = "2025-06-02"
            item["encounter"] = {"reference": f"Encounter/{again[0]['id']}"}
    await town.put_many([MOTHER, CHILD, *again])
    page = await page_of(town, CHILD)
    assert [text for text, _ in lines_of(page)["健診ごとの最終判定"]] == ["3～4か月児健診 異常なし"]
    assert [text for text, _ in lines_of(page)["フォロー中の事項"]] == ["Hib 2回目 未接種（予診のみ）"]


async def test_nobody_has_no_page(town: Repository) -> None:
    with pytest.raises(Refused) as refused:
        await summary(town, "nobody")
    assert refused.value.status == 404
