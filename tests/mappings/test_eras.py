"""Dates as municipal files write them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.mappings.eras import ERAS, NOTATIONS, ReadDate, read_date, write_date


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20260401", "2026-04-01"),
        ("2026/4/1", "2026-04-01"),
        ("2026年4月1日", "2026-04-01"),
        ("R08.04.01", "2026-04-01"),
        ("令和08年04月01日", "2026-04-01"),
        ("令和８年４月１日", "2026-04-01"),
        ("5080401", "2026-04-01"),
        ("令和元年5月1日", "2019-05-01"),
        ("昭和64年1月7日", "1989-01-07"),
        ("大正15年12月25日", "1926-12-25"),
        ("昭和元年12月25日", "1926-12-25"),
        ("明治45年7月30日", "1912-07-30"),
        ("2026", "2026"),
        ("令和8年", "2026"),
        ("2026年4月", "2026-04"),
        ("20260400", "2026-04"),
        ("20269999", "2026"),
        ("昭和20年月日不詳", "1945"),
        ("昭和20年4月日不詳", "1945-04"),
        ("令和8年4月不詳日", "2026-04"),
    ],
)
def test_each_notation_is_read(text: str, value: str) -> None:
    assert read_date(text) == ReadDate(value)


@pytest.mark.parametrize(
    "text", ["20260230", "令和8年13月1日", "12345678x", "令和0年4月1日", "あした", "2026/4/31"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    assert read_date(text) is None


def test_a_date_past_its_eras_end_is_converted_and_the_era_named() -> None:
    assert read_date("平成35年3月31日") == ReadDate("2023-03-31", outside="平成")


def test_a_day_without_its_month_keeps_the_text() -> None:
    assert read_date("昭和20年不詳月3日") == ReadDate("1945", inexact=True)
    assert read_date("昭和不詳年4月1日") == ReadDate(None, inexact=True)


def test_a_date_of_which_nothing_is_known() -> None:
    assert read_date("不詳") == read_date("99999999") == ReadDate(None)


@pytest.mark.parametrize("notation", sorted(NOTATIONS))
@given(st.dates(date(1868, 9, 8), date(2090, 12, 31)), st.sampled_from([4, 7, 10]))
def test_every_day_is_read_as_it_was_written(notation: str, day: date, precision: int) -> None:
    value = day.isoformat()[:precision]
    if value == "1868":
        return
    written = write_date(value, notation)
    assert written is not None
    told = read_date(written)
    assert told is not None
    assert told.value == value


def test_the_eras_follow_one_another_without_a_gap() -> None:
    for before, after in pairwise(ERAS):
        assert after.start - before.end in (timedelta(0), timedelta(days=1))


def test_a_day_before_meiji_has_no_era() -> None:
    assert write_date("1868-09-07", "ggyy年MM月dd日") is None
