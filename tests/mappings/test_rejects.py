"""The rejects file: same layout, five more columns, mended and imported again."""

import csv
import io

import pytest

from boshi.mappings import Reject, Row, to_resources, write_rejects
from tests.mappings.files import DOSE, TOWN, file_bytes, immunization, read


def refused(content: bytes) -> list[Reject]:
    told: list[Reject] = []
    for row in read(immunization(), content):
        told += (
            [row]
            if isinstance(row, Reject)
            else [one for one in to_resources(immunization(), row, TOWN) if isinstance(one, Reject)]
        )
    return told


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-16-le"])
def test_a_rejects_file_is_mended_and_imported(encoding: str) -> None:
    bad = {**DOSE, "実施日": "20260230", "接種量": "たくさん", "会場": 'ホール"A",2階'}
    rejects = refused(file_bytes(immunization(), DOSE, bad, encoding=encoding))
    assert [(one.row, one.column, one.value) for one in rejects] == [
        (3, "実施日", "20260230"),
        (3, "接種量", "たくさん"),
    ]
    out = io.BytesIO()
    assert write_rejects(out, immunization(), rejects, encoding=encoding) == 1
    codec = encoding.removesuffix("-sig")
    mended = out.getvalue().decode(codec).replace("20260230", "20260228").replace("たくさん", "0.5", 1)
    (row,) = read(immunization(), mended.encode(codec))
    assert isinstance(row, Row)
    assert row.cells["会場"] == 'ホール"A",2階'
    assert b"20260230" not in row.raw
    (made,) = to_resources(immunization(), row, TOWN)
    assert not isinstance(made, Reject)
    assert made["occurrenceDateTime"] == "2026-02-28"


def test_the_five_columns_say_where_what_why_and_what_to_do() -> None:
    out = io.BytesIO()
    write_rejects(out, immunization(), refused(file_bytes(immunization(), {**DOSE, "実施区分": "7"})))
    header, line = csv.reader(io.StringIO(out.getvalue().decode("cp932")))
    told = dict(zip(header, line, strict=True))
    assert list(told)[-5:] == ["行番号", "項目", "値", "理由", "対処"]
    assert (told["行番号"], told["項目"], told["値"]) == ("2", "実施区分", "7")
    assert told["理由"] == "コード表170（予防接種の実施方式）にないコード"
    assert told["対処"]


def test_a_line_that_could_not_be_cut_is_kept_in_the_value_column() -> None:
    content = file_bytes(immunization(), DOSE).replace(b"B123A", b'"B123A')
    out = io.BytesIO()
    write_rejects(out, immunization(), refused(content))
    assert "B123A" in out.getvalue().decode("cp932")


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (b",B123A,", b",B123A", "cell-count"),
        (b",B123A,", b",B123A,,", "cell-count"),
        (b"B123A", b'"B123A', "quoting"),
        (b"B123A", b"B1\x8123A", "encoding"),
        (b"B123A", b"B1\x0023A", "control-character"),
        (b"B123A", b"123456789018", "my-number"),
    ],
)
def test_a_row_that_nobody_mended_is_refused_again_however_often_it_comes(
    good: bytes, bad: bytes, code: str
) -> None:
    content = file_bytes(immunization(), DOSE, encoding="cp932").replace(good, bad)
    (reject,) = refused(content)
    assert reject.reason.code == code
    for _ in range(2):
        out = io.BytesIO()
        write_rejects(out, immunization(), [reject], encoding="utf-8-sig")
        (reject,) = refused(_through_a_spreadsheet(out.getvalue()))
        assert reject.reason.code == "unmended"


def test_a_row_of_too_few_cells_is_taken_once_it_is_mended() -> None:
    content = file_bytes(immunization(), DOSE, encoding="cp932").replace(b",B123A,", b",B123A")
    out = io.BytesIO()
    write_rejects(out, immunization(), refused(content), encoding="utf-8-sig")
    header, line = csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig")))
    told = {**dict(zip(header, line, strict=True)), **DOSE, "項目": ""}
    text = io.StringIO()
    csv.writer(text).writerows([header, [told[name] for name in header]])
    (row,) = read(immunization(), text.getvalue().encode("utf-8-sig"))
    assert isinstance(row, Row) and row.cells["ロット番号"] == "B123A"


def _through_a_spreadsheet(content: bytes) -> bytes:
    """The same cells with every row as long as the longest, quoted only where need be."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    width = max(map(len, rows))
    text = io.StringIO()
    csv.writer(text).writerows([row + [""] * (width - len(row)) for row in rows])
    return text.getvalue().encode("utf-8-sig")


def test_a_blank_required_cell_and_an_unknown_code_are_both_told() -> None:
    rejects = refused(file_bytes(immunization(), {**DOSE, "回数": "", "法定区分": "x"}))
    assert {(one.column, one.reason.code) for one in rejects} == {
        ("回数", "required"),
        ("法定区分", "not-in-list"),
    }
