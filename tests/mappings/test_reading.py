"""Files as they come: encodings, quoting, and everything that can be wrong with one."""

import io
from dataclasses import replace

import pytest

from boshi.mappings import FileRefused, Reject, Row, layouts, read_rows
from boshi.mappings.lines import LONGEST_LINE
from tests.mappings.files import DOSE, RESIDENT, file_bytes, immunization, read, residents


def only(told: list[Row | Reject]) -> Reject:
    rejects = [one for one in told if isinstance(one, Reject)]
    assert len(rejects) == 1
    return rejects[0]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16-le"])
def test_the_encoding_is_told_from_the_bytes(encoding: str) -> None:
    (row,) = read(residents(), file_bytes(residents(), RESIDENT, encoding=encoding))
    assert isinstance(row, Row)
    assert row.cells["氏名"] == "山田　花子"


def test_utf16_without_a_byte_order_mark_is_recognised() -> None:
    content = file_bytes(residents(), RESIDENT, encoding="utf-16-le").removeprefix(b"\xff\xfe")
    (row,) = read(residents(), content)
    assert isinstance(row, Row)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"\x1a"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused, match="empty"):
        read(residents(), content)


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_workbook_is_refused_with_the_remedy(content: bytes) -> None:
    with pytest.raises(FileRefused, match="Save it as CSV"):
        read(residents(), content)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        read(residents(), b"\x80\xff\xfe\xa0\n" * 50)
    assert refused.value.issues[0].expression == "line 1"


def test_a_wrong_encoding_that_the_caller_names_is_refused_with_its_place() -> None:
    with pytest.raises(FileRefused, match=r"Line 1 .* byte 1 of the line is not utf-8"):
        read(residents(), file_bytes(residents(), RESIDENT), encoding="utf-8")


def test_one_broken_row_does_not_hide_that_the_file_is_utf8() -> None:
    content = file_bytes(immunization(), DOSE, DOSE, encoding="utf-8").replace(b"B123A", b"\xff", 1)
    assert [type(one) for one in read(immunization(), content)] == [Reject, Row]


def test_another_layouts_file_is_refused_and_its_layout_named() -> None:
    with pytest.raises(FileRefused) as refused:
        read(residents(), file_bytes(immunization(), DOSE))
    text = refused.value.issues[0].text
    assert "missing columns: 世帯番号" in text
    assert "unexpected columns: 接種種類コード" in text
    assert "fits the layout immunization" in text
    assert "見出しが合うレイアウト: immunization" in refused.value.issues[0].text_ja


def test_columns_may_stand_in_another_order_and_a_discarded_one_may_be_missing() -> None:
    names = [name for name in reversed(immunization().columns) if name != "個人番号"]
    line = ",".join(DOSE.get(name, "") for name in names)
    (row,) = read(immunization(), f"{','.join(names)}\r\n{line}\r\n".encode())
    assert isinstance(row, Row)
    assert row.cells["ロット番号"] == "B123A"


def test_the_row_number_is_the_line_in_the_file() -> None:
    content = file_bytes(residents(), {**RESIDENT, "住所": "一行目\r\n二行目"}, RESIDENT)
    first, second = read(residents(), content)
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.number, second.number) == (2, 4)
    assert first.cells["住所"] == "一行目\r\n二行目"


def test_raw_is_the_row_as_it_stood() -> None:
    content = file_bytes(residents(), RESIDENT)
    (row,) = read(residents(), content)
    assert isinstance(row, Row)
    assert content.split(b"\r\n")[1] == row.raw


def test_a_nul_byte_rejects_its_row_and_names_the_column() -> None:
    content = file_bytes(immunization(), DOSE, DOSE).replace(b"B123A", b"B1\x003A", 1)
    told = read(immunization(), content)
    reject = only(told)
    assert (reject.row, reject.column, reject.value) == (2, "ロット番号", "B1\\u00003A")
    assert isinstance(told[1], Row)


def test_a_character_for_private_use_is_refused_by_name() -> None:
    content = file_bytes(immunization(), DOSE, encoding="utf-8").replace(b"B123A", "\ue000".encode())
    assert "U+E000" in only(read(immunization(), content)).reason.ja


def test_a_byte_that_does_not_decode_rejects_its_row() -> None:
    rows = [{**DOSE, "会場": "保健センター", "枝番": f"{place:02d}"} for place in range(5)]
    content = file_bytes(immunization(), *rows).replace(b"B123A", b"B\x81\xff3A", 1)
    reject = only(read(immunization(), content))
    assert (reject.row, reject.column) == (2, "ロット番号")
    assert "\\x" in reject.cells["ロット番号"]
    assert reject.cells["会場"] == "保健センター"


def test_a_row_with_too_few_cells_is_rejected() -> None:
    content = file_bytes(immunization(), DOSE) + b"000000000000123,10019\r\n"
    reject = only(read(immunization(), content))
    assert reject.reason.code == "cell-count"
    assert reject.cells == {"宛名番号": "000000000000123", "接種種類コード": "10019"}


def test_an_open_quote_rejects_one_row_and_not_those_after_it() -> None:
    content = file_bytes(immunization(), DOSE, {**DOSE, "枝番": "02"}, {**DOSE, "枝番": "03"})
    told = read(immunization(), content.replace(b"B123A", b'"B123A', 1))
    assert [type(one) for one in told] == [Reject, Row, Row]
    assert only(told).row == 2


class Endless(io.RawIOBase):
    """A stream of one line that does not end, of the given number of bytes."""

    def __init__(self, begin: bytes, length: int) -> None:
        self._begin, self._left = begin, length

    def read(self, size: int = -1) -> bytes:
        if self._begin:
            head, self._begin = self._begin, b""
            return head
        size = min(size, self._left)
        self._left -= size
        return b"x" * size


def test_an_endless_line_is_rejected_without_holding_it() -> None:
    begin = file_bytes(immunization(), DOSE)
    stream = Endless(begin, LONGEST_LINE * 20)
    first, second = read_rows(stream, immunization())  # type: ignore[arg-type]
    assert isinstance(first, Row)
    assert isinstance(second, Reject)
    assert (second.row, second.reason.code, len(second.value)) == (3, "too-long", 200)


def test_what_follows_a_too_long_line_is_read() -> None:
    content = file_bytes(immunization(), DOSE) + b"x" * (LONGEST_LINE * 2) + b"\r\n"
    told = read(immunization(), content + file_bytes(immunization(), DOSE).split(b"\r\n")[1])
    assert [type(one) for one in told] == [Row, Reject, Row]


def test_an_endless_header_is_refused() -> None:
    with pytest.raises(FileRefused, match="Line 1 is no header"):
        list(read_rows(Endless(b"", LONGEST_LINE * 4), residents()))  # type: ignore[arg-type]


def test_a_file_without_a_header_is_read_by_position() -> None:
    layout = replace(immunization(), file=replace(immunization().file, header=False))
    (row,) = read(layout, file_bytes(layout, DOSE))
    assert isinstance(row, Row)
    assert (row.number, row.cells["ロット番号"]) == (1, "B123A")


def test_a_dos_end_of_file_mark_is_no_row() -> None:
    assert len(read(immunization(), file_bytes(immunization(), DOSE) + b"\x1a")) == 1


def test_every_shipped_layout_says_that_it_is_an_example() -> None:
    assert {layout.status for layout in layouts().values()} == {"example, configurable"}
