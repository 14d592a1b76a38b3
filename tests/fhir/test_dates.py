from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.dates import EARLIEST, LATEST, LOCAL_ZONE, bounds, period_bounds


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_a_date_without_a_zone_is_a_day_in_japan() -> None:
    assert bounds("2024-04-01") == (utc(2024, 3, 31, 15), utc(2024, 4, 1, 15))


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("2024", utc(2023, 12, 31, 15), utc(2024, 12, 31, 15)),
        ("2024-02", utc(2024, 1, 31, 15), utc(2024, 2, 29, 15)),
        ("2024-12", utc(2024, 11, 30, 15), utc(2024, 12, 31, 15)),
        ("2024-02-29", utc(2024, 2, 28, 15), utc(2024, 2, 29, 15)),
        ("2024-04-01T10:30", utc(2024, 4, 1, 1, 30), utc(2024, 4, 1, 1, 31)),
        ("2024-04-01T10:30:15", utc(2024, 4, 1, 1, 30, 15), utc(2024, 4, 1, 1, 30, 16)),
        ("2024-04-01T10:30:15Z", utc(2024, 4, 1, 10, 30, 15), utc(2024, 4, 1, 10, 30, 16)),
        ("2024-04-01T10:30:15-14:00", utc(2024, 4, 2, 0, 30, 15), utc(2024, 4, 2, 0, 30, 16)),
        ("2024-04-01T10:30:15.2Z", utc(2024, 4, 1, 10, 30, 15, 200000), utc(2024, 4, 1, 10, 30, 15, 300000)),
        (
            "2024-04-01T10:30:15.123456Z",
            utc(2024, 4, 1, 10, 30, 15, 123000),
            utc(2024, 4, 1, 10, 30, 15, 124000),
        ),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1), utc(2017, 1, 1, 0, 0, 1)),
    ],
)
def test_every_precision_is_a_stretch_of_its_own_length(value: str, low: datetime, high: datetime) -> None:
    assert bounds(value) == (low, high)


@pytest.mark.parametrize(
    "value",
    ["", "2023-02-29", "2024-13", "2024-00", "2024-01-00", "0000", "24-04-01", "2024-4-1", "2024-04-01T10",
     "2024-04-01T25:00:00Z", "2024-04-01T10:00:61Z", "2024-04-01T10:00:00+15:00", "2024-04-01T10:00:00+09:75",
     "２０２４", "2024-04-01 ", "令和6年4月1日"],
)  # fmt: skip
def test_what_is_no_date_has_no_bounds(value: str) -> None:
    assert bounds(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "0001",
        "0001-01-01",
        "9999",
        "9999-12",
        "9999-12-31",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:60Z",
    ],
)
def test_the_ends_of_the_calendar_are_cut_off_and_do_not_overflow(value: str) -> None:
    found = bounds(value)
    assert found is not None
    assert EARLIEST <= found[0] <= found[1] <= LATEST


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_lies_within_every_coarser_reading_of_itself(moment: datetime, offset: int) -> None:
    zone = timezone(timedelta(minutes=offset))
    text = moment.isoformat(timespec="milliseconds")
    readings = [bounds(text[:length], zone) for length in (4, 7, 10, 16, 19, 23)]
    for coarse, fine in pairwise(readings):
        assert coarse is not None
        assert fine is not None
        assert coarse[0] <= fine[0] < fine[1] <= coarse[1]


@given(st.dates(min_value=datetime(2, 1, 1).date(), max_value=datetime(9998, 12, 30).date()))
def test_days_follow_each_other_without_gap(day) -> None:  # type: ignore[no-untyped-def]
    today, tomorrow = bounds(day.isoformat()), bounds((day + timedelta(days=1)).isoformat())
    assert today is not None
    assert tomorrow is not None
    assert today[1] == tomorrow[0]


@given(st.text(max_size=30))
def test_any_text_is_bounds_or_none(text: str) -> None:
    found = bounds(text, LOCAL_ZONE)
    assert found is None or found[0] < found[1]


def test_a_period_reaches_from_the_first_moment_to_the_last_and_open_ends_for_ever() -> None:
    assert period_bounds("2024-04-01", "2024-04-02") == (utc(2024, 3, 31, 15), utc(2024, 4, 2, 15))
    assert period_bounds(None, "2024-04-02") == (EARLIEST, utc(2024, 4, 2, 15))
    assert period_bounds("2024-04-01", None) == (utc(2024, 3, 31, 15), LATEST)
    assert period_bounds(None, None) is None
    assert period_bounds("2024-04-xx", None) is None


def test_a_period_that_ends_before_it_starts_is_found_by_its_start() -> None:
    assert period_bounds("2024-04-02", "2024-04-01") == bounds("2024-04-02")
