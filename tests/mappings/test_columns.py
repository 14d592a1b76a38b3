"""What single cells mean."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.mappings.codes import code_lists
from boshi.mappings.columns import UNKNOWN, codec
from boshi.mappings.kana import full_width, half_width
from boshi.mappings.layout import Column
from boshi.mappings.municipality_code import check_digit, is_municipality_code, read_code, write_code
from boshi.mappings.rejects import Reason


def column(type_: str, **options: Any) -> Column:
    return Column("列", type_, "列", options={"type": type_, **options})


def read(told: Column, text: str) -> Any:
    return codec(told)[0](text)


def test_zeros_that_excel_dropped_are_restored_where_the_column_says_so() -> None:
    assert read(column("digits", digits=15, restore_zeros=True), "123") == "000000000000123"
    assert isinstance(read(column("digits", digits=15), "123"), Reason)


def test_a_number_padded_to_ten_digits_in_the_file_has_fifteen_in_fhir() -> None:
    told = column("digits", digits=15, file_digits=10)
    assert read(told, "0000000123") == "000000000000123"
    assert codec(told)[1]("000000000000123") == "0000000123"
    assert isinstance(codec(told)[1]("912345678901234"), Reason)


def test_a_code_that_lost_its_zero_is_found_in_a_list_of_two_digits() -> None:
    assert read(column("code", list="entry-reason"), "1") == "01"


@pytest.mark.parametrize(
    ("number", "no", "yes"), [("235", "1", "2"), ("900001", "0", "1"), ("238", "2", "1"), ("240", "1", "2")]
)
def test_each_list_has_its_own_yes_and_no(number: str, no: str, yes: str) -> None:
    displays = code_lists()[number].codes
    assert displays[no] in ("なし", "無", "いいえ")
    assert displays[yes] in ("あり", "有", "はい")


def test_every_code_of_every_list_is_read_and_written_as_itself() -> None:
    for number, listed in code_lists().items():
        reading, writing = codec(column("code", list=number))
        assert [writing(reading(code)) for code in listed.codes] == list(listed.codes)


def test_a_number_keeps_its_digits() -> None:
    told = column("decimal", min=0, max=100)
    assert read(told, "49.50") == Decimal("49.50")
    assert codec(told)[1](Decimal("49.50")) == "49.50"
    assert read(told, "４９．５") == Decimal("49.5")


@pytest.mark.parametrize("text", ["1e3", "NaN", "Infinity", "12,5", "", "--1", "101"])
def test_what_is_no_number_in_the_bounds_is_refused(text: str) -> None:
    if text:
        assert isinstance(read(column("decimal", min=0, max=100), text), Reason)


def test_fushou_is_a_value_nobody_knows_and_a_text_in_a_text_column() -> None:
    assert read(column("integer", min=0, max=9), "不詳") is UNKNOWN
    assert read(column("text"), "不詳") == "不詳"


def test_a_time_is_in_japan() -> None:
    told = column("datetime", notation="yyyy/MM/dd HH:mm")
    assert read(told, "2026/04/01 3:05") == "2026-04-01T03:05:00+09:00"
    assert codec(told)[1]("2026-03-31T18:05:00Z") == "2026/04/01 03:05"


@given(st.text("ｱｲｳｴｵｶｷｸｹｺﾊﾋﾌﾍﾎﾞﾟｰｯｬ･ ", max_size=20))
def test_half_width_kana_come_back(text: str) -> None:
    assert half_width(full_width(text)) == text


def test_voiced_kana_become_one_character() -> None:
    assert full_width("ﾔﾏﾀﾞ ﾊﾟｰﾙ") == "ヤマダ　パール"


@pytest.mark.parametrize("code", ["131016", "401005", "102121", "131121", "332119"])
def test_real_municipality_codes_pass(code: str) -> None:
    assert is_municipality_code(code)


def test_the_same_digits_are_two_towns_by_variant() -> None:
    assert read_code("14362", "code6_unpadded") == "014362"
    assert read_code("14362", "code5") == "14362" + check_digit("14362")
    assert read_code("14362", "code6") is None


@pytest.mark.parametrize("variant", ["code5", "code6", "code6_unpadded"])
@given(st.integers(1000, 47999))
def test_every_municipality_code_comes_back(variant: str, number: int) -> None:
    five = f"{number:05d}"
    code = five + check_digit(five)
    written = write_code(code, variant)
    assert written is not None
    assert read_code(written, variant) == code
