"""Searches of a small town: what is found, in which order, page by page."""

from typing import Any

import pytest

from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.store.search import count
from tests.server.store.placing import asked, collection, ids, page, pages, place
from tests.server.store.records import ATENA, patient, weight

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def named(id: str, family: str, given: str, **changed: Any) -> dict[str, Any]:
    return patient(id, name=[{"family": family, "given": [given]}], **changed)


def measured(id: str, when: str, patient_id: str = "hanako", **changed: Any) -> dict[str, Any]:
    return {**weight(patient_id, id=id), "effectiveDateTime": when, **changed}


async def test_a_birth_at_midnight_in_japan_is_found_by_its_day(town: Repository) -> None:
    await place(
        town,
        [
            measured("before", "2026-10-31T14:59:59Z"),
            measured("first", "2026-10-31T15:00:00Z"),
            measured("day", "2026-11-01"),
            measured("last", "2026-11-01T23:59:59+09:00"),
            measured("after", "2026-11-02T00:00:00+09:00"),
            measured("month", "2026-11"),
        ],
    )
    assert set(await ids(town, "Observation", ("date", "2026-11-01"))) == {"first", "day", "last"}
    assert set(await ids(town, "Observation", ("date", "lt2026-11-01"))) == {"before"}
    assert set(await ids(town, "Observation", ("date", "ge2026-11-02"))) == {"after", "month"}
    assert set(await ids(town, "Observation", ("date", "2026-11"))) == {
        "first",
        "day",
        "last",
        "after",
        "month",
    }


async def test_two_bounds_of_one_date_are_one_range(town: Repository) -> None:
    await place(town, [measured(f"d{day}", f"2026-11-{day:02}") for day in range(1, 11)])
    found = await ids(town, "Observation", ("date", "ge2026-11-03"), ("date", "lt2026-11-06"))
    assert found == ["d5", "d4", "d3"]


async def test_japanese_names_are_found_however_they_are_written(town: Repository) -> None:
    await place(
        town,
        [
            named("kanji", "渡邊", "花子"),
            named("kana", "ワタナベ", "ハナコ"),
            named("other", "佐藤", "太郎"),
        ],
    )
    assert await ids(town, "Patient", ("family", "渡辺")) == ["kanji"]
    assert await ids(town, "Patient", ("name", "ﾜﾀﾅﾍﾞ")) == ["kana"]
    assert await ids(town, "Patient", ("name", "わた")) == ["kana"]
    assert await ids(town, "Patient", ("name", "渡辺花子")) == ["kanji"]
    assert await ids(town, "Patient", ("name:contains", "なべ")) == ["kana"]
    assert await ids(town, "Patient", ("family:exact", "渡辺")) == []
    assert await ids(town, "Patient", ("family:exact", "渡邊")) == ["kanji"]


async def test_a_pattern_in_a_name_is_only_text(town: Repository) -> None:
    await place(town, [named("dot", "a.c", "x"), named("letter", "abc", "x")])
    assert await ids(town, "Patient", ("family:contains", "^a+c$")) == []
    assert await ids(town, "Patient", ("family:contains", "[a]b")) == ["letter"]
    assert await ids(town, "Patient", ("family:exact", "a.c")) == ["dot"]


async def test_an_escaped_comma_is_part_of_the_value(town: Repository) -> None:
    await place(
        town,
        [
            patient("comma", identifier=[{"system": ATENA, "value": "1,2"}]),
            patient("one", identifier=[{"system": ATENA, "value": "1"}]),
            patient("pipe", identifier=[{"system": ATENA, "value": "1|2"}]),
        ],
    )
    assert await ids(town, "Patient", ("identifier", rf"{ATENA}|1\,2")) == ["comma"]
    assert set(await ids(town, "Patient", ("identifier", f"{ATENA}|1,{ATENA}|2"))) == {"one"}
    assert await ids(town, "Patient", ("identifier", r"1\|2")) == ["pipe"]
    assert set(await ids(town, "Patient", ("identifier", f"{ATENA}|"))) == {"comma", "one", "pipe"}
    assert await ids(town, "Patient", ("identifier", "|1")) == []


async def test_references_in_every_form(town: Repository) -> None:
    await place(town, [patient("hanako"), measured("w", "2026-11-01"), measured("x", "2026-11-01", "other")])
    for name, value in (
        ("patient", "hanako"),
        ("patient", "Patient/hanako"),
        ("subject", "hanako"),
        ("subject:Patient", "hanako"),
        ("subject", "https://kitakyushu.example.jp/fhir/Patient/hanako"),
    ):
        assert await ids(town, "Observation", (name, value)) == ["w"], (name, value)
    assert await ids(town, "Observation", ("subject", "Group/hanako")) == []
    assert set(await ids(town, "Observation", ("patient", "hanako,other"))) == {"w", "x"}


async def test_quantities_by_their_digits_and_in_other_units(town: Repository) -> None:
    def of(id: str, value: str) -> dict[str, Any]:
        return weight("hanako", value, id)

    await place(town, [of("a", "3.10"), of("b", "3.149"), of("c", "3.15"), of("d", "2.9")])
    assert set(await ids(town, "Observation", ("value-quantity", "3.1"))) == {"a", "b"}
    assert await ids(town, "Observation", ("value-quantity", f"3100|{UCUM}|g")) == ["a"]
    assert await ids(town, "Observation", ("value-quantity", f"lt3|{UCUM}|kg")) == ["d"]
    assert set(await ids(town, "Observation", ("value-quantity", "gt2.8||kg"))) == {"a", "b", "c", "d"}
    assert await ids(town, "Observation", ("value-quantity", f"gt2.8|{UCUM}|kg")) == ["d", "a", "b", "c"]
    assert await ids(town, "Observation", ("value-quantity", f"3.1|{UCUM}|cm")) == []


async def test_missing_and_not(town: Repository) -> None:
    await place(
        town,
        [
            patient("her"),
            patient("him", gender="male"),
            {"resourceType": "Patient", "id": "unknown"},
        ],
    )
    assert set(await ids(town, "Patient", ("gender:missing", "true"))) == {"unknown"}
    assert set(await ids(town, "Patient", ("gender:missing", "false"))) == {"her", "him"}
    assert set(await ids(town, "Patient", ("birthdate:missing", "true"))) == {"unknown"}
    assert set(await ids(town, "Patient", ("gender:not", "male"))) == {"her", "unknown"}
    assert set(await ids(town, "Patient", ("general-practitioner:missing", "true"))) == {
        "her",
        "him",
        "unknown",
    }


async def test_a_search_shows_only_its_type_and_nothing_deleted(town: Repository) -> None:
    await town.update(patient("hanako"))
    await town.update(patient("taro"))
    await town.delete("Patient", "taro")
    assert await ids(town, "Patient") == ["hanako"]
    assert await ids(town, "Observation") == []
    assert await count(collection(town), asked("Patient")) == 1


async def test_the_total_is_told_when_asked(town: Repository) -> None:
    await place(town, [measured(f"o{n}", "2026-11-01") for n in range(5)])
    params = (("code", "8339-4"), ("_count", "2"))
    assert (await page(town, "Observation", *params)).total is None
    assert (await page(town, "Observation", *params, ("_total", "accurate"))).total == 5
    assert (await page(town, "Observation", *params, ("_total", "estimate"))).total == 5
    alone = await page(town, "Observation", ("_summary", "count"))
    assert (alone.total, alone.rows) == (5, [])


async def test_a_broken_cursor_is_refused(town: Repository) -> None:
    await place(town, [measured(f"o{n}", "2026-11-01") for n in range(5)])
    first = await page(town, "Observation", ("_count", "2"))
    assert first.next is not None
    for broken in ("", "x", "あ", first.next[:-4], first.next[4:], "A" * 9000):
        with pytest.raises(Refused) as refusal:
            await page(town, "Observation", ("_count", "2"), ("_cursor", broken))
        assert refusal.value.status == 400
    with pytest.raises(Refused):
        await page(town, "Observation", ("status", "final"), ("_cursor", first.next))


async def test_pages_go_forth_and_back_while_others_write(town: Repository) -> None:
    await place(town, [measured(f"d{day:02}", f"2026-11-{day:02}") for day in range(1, 10)])
    first = await page(town, "Observation", ("code", "8339-4"), ("_count", "3"))
    await place(town, [measured("new", "2026-11-30"), measured("old", "2026-10-01")], seed=2)
    second = await page(
        town, "Observation", ("code", "8339-4"), ("_count", "3"), ("_cursor", first.next or "")
    )
    assert [row.stored.id for row in second.rows] == ["d06", "d05", "d04"]
    assert first.prev is None
    back = await page(
        town, "Observation", ("code", "8339-4"), ("_count", "3"), ("_cursor", second.prev or "")
    )
    assert [row.stored.id for row in back.rows] == ["d09", "d08", "d07"]
    earlier = await page(
        town, "Observation", ("code", "8339-4"), ("_count", "3"), ("_cursor", back.prev or "")
    )
    assert [row.stored.id for row in earlier.rows] == ["new"]
    assert earlier.prev is None


@pytest.mark.parametrize(
    "sort", ["birthdate", "-birthdate", "_lastUpdated", "family", "-family", "_id", "gender"]
)
async def test_rows_without_a_sort_value_come_last(town: Repository, sort: str) -> None:
    people = [
        named(f"p{n}", family, "子", birthDate=birth, meta={"lastUpdated": f"2026-11-0{n}T00:00:00Z"})
        for n, (family, birth) in enumerate(
            [("い", "2020"), ("あ", "2021-05"), ("う", "2019-02-03")], start=1
        )
    ]
    bare = {"resourceType": "Patient", "id": "p9", "meta": {"lastUpdated": "2026-11-09T00:00:00Z"}}
    await place(town, [*people, bare])
    expected = {
        "birthdate": ["p3", "p1", "p2", "p9"],
        "-birthdate": ["p2", "p1", "p3", "p9"],
        "_lastUpdated": ["p1", "p2", "p3", "p9"],
        "family": ["p2", "p1", "p3", "p9"],
        "-family": ["p3", "p1", "p2", "p9"],
        "_id": ["p1", "p2", "p3", "p9"],
    }
    found = await pages(town, "Patient", ("_sort", sort), ("_count", "1"))
    flat = [id for each in found for id in each]
    assert flat[-1] == "p9"
    assert flat == expected.get(sort, flat)
    assert len(set(flat)) == 4


async def test_sorting_by_several_keys(town: Repository) -> None:
    await place(
        town,
        [
            named("a", "佐藤", "あ", birthDate="2020-01-01", gender="female"),
            named("b", "佐藤", "い", birthDate="2021-01-01", gender="male"),
            named("c", "鈴木", "う", birthDate="2022-01-01", gender="female"),
        ],
    )
    assert await pages(town, "Patient", ("_sort", "gender,-birthdate"), ("_count", "2")) == [
        ["c", "a"],
        ["b"],
    ]


async def test_includes_add_what_rows_point_to_and_what_points_to_them(town: Repository) -> None:
    await place(
        town,
        [
            patient("hanako"),
            patient("taro"),
            measured("w", "2026-11-01"),
            measured("x", "2026-11-02"),
            measured("y", "2026-11-02", "gone"),
        ],
    )
    found = await page(town, "Observation", ("_include", "Observation:patient"))
    assert [row.stored.id for row in found.rows if row.mode == "include"] == ["hanako"]
    found = await page(town, "Patient", ("_id", "hanako"), ("_revinclude", "Observation:subject"))
    assert {(row.stored.id, row.mode) for row in found.rows} == {
        ("hanako", "match"),
        ("w", "include"),
        ("x", "include"),
    }


async def test_a_name_that_matches_twice_comes_once(town: Repository) -> None:
    twice = [patient(f"t{n}", name=[{"family": "サトウ", "given": ["サ", "サトコ"]}]) for n in range(7)]
    once = [patient(f"o{n}", name=[{"family": "サトウ"}]) for n in range(7)]
    await place(town, [*twice, *once])
    for size in ("1", "2", "3", "5"):
        flat = [id for each in await pages(town, "Patient", ("name", "サ"), ("_count", size)) for id in each]
        assert sorted(flat) == sorted(each["id"] for each in [*twice, *once])
