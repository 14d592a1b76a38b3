"""個人番号 in files: dropped unread where declared, refused and masked everywhere else."""

import io

import pytest

from boshi.mappings import Reject, Row, write_rejects
from tests.mappings.files import DOSE, MY_NUMBER, RESIDENT, file_bytes, immunization, read, residents

WRITTEN = [MY_NUMBER, "1234-5678-9018", "１２３４５６７８９０１８", "番号は1234 5678 9018です"]


def test_a_discarded_column_is_dropped_counted_and_blank_in_the_raw_row() -> None:
    (row,) = read(residents(), file_bytes(residents(), {**RESIDENT, "個人番号": MY_NUMBER}))
    assert isinstance(row, Row)
    assert row.discarded == 1
    assert "個人番号" not in row.cells
    assert MY_NUMBER.encode() not in row.raw
    assert row.raw == file_bytes(residents(), RESIDENT).split(b"\r\n")[1]


@pytest.mark.parametrize("number", WRITTEN)
@pytest.mark.parametrize("column", ["氏名", "住所", "旧氏"])
def test_anywhere_else_it_refuses_the_row_and_is_never_shown(column: str, number: str) -> None:
    cells = {**RESIDENT, column: number, "個人番号": MY_NUMBER}
    (reject,) = read(residents(), file_bytes(residents(), cells))
    assert isinstance(reject, Reject)
    assert (reject.row, reject.column, reject.reason.code) == (2, column, "my-number")
    out = io.BytesIO()
    write_rejects(out, residents(), [reject])
    shown = out.getvalue().decode("cp932") + str(reject)
    assert number not in shown
    assert MY_NUMBER not in shown


def test_a_row_whose_cells_shifted_shows_no_discarded_number() -> None:
    content = file_bytes(immunization(), {**DOSE, "個人番号": "123456789012"}).replace(b"B123A", b"B,123A")
    (reject,) = read(immunization(), content)
    assert isinstance(reject, Reject)
    assert reject.reason.code == "cell-count"
    assert "123456789012" not in str(reject)


def test_an_open_quote_shows_no_discarded_number() -> None:
    content = file_bytes(immunization(), {**DOSE, "個人番号": MY_NUMBER}).replace(b"B123A", b'"B123A')
    (reject,) = read(immunization(), content)
    assert MY_NUMBER not in str(reject)


def test_a_column_may_be_listed_as_holding_other_numbers() -> None:
    content = file_bytes(immunization(), {**DOSE, "接種券番号": MY_NUMBER})
    (row,) = read(immunization(), content, other_numbers=frozenset({"接種券番号"}))
    assert isinstance(row, Row)


def test_twelve_digits_with_a_wrong_check_digit_are_a_number_like_others() -> None:
    (row,) = read(immunization(), file_bytes(immunization(), {**DOSE, "接種券番号": "123456789012"}))
    assert isinstance(row, Row)
