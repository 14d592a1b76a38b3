"""Small files of the shipped layouts, for tests."""

import io
from collections.abc import Mapping

from boshi.mappings import Layout, Reject, Row, layouts, read_rows, write_rows

TOWN = "401005"
MY_NUMBER = "123456789018"

RESIDENT = {
    "宛名番号": "000000000000123",
    "世帯番号": "000000000000055",
    "氏名": "山田　花子",
    "氏名カナ": "ﾔﾏﾀﾞ ﾊﾅｺ",
    "生年月日": "平成08年04月01日",
    "性別": "2",
    "住所": "福岡県福岡市博多区東比恵１－１",
    "住民状態": "1",
}
DOSE = {
    "宛名番号": "000000000000123",
    "接種種類コード": "10019",
    "回数": "01",
    "枝番": "01",
    "接種区分": "1",
    "実施日": "20260401",
    "ロット番号": "B123A",
    "接種量": "0.25",
}


def file_bytes(layout: Layout, *rows: Mapping[str, str], encoding: str = "cp932") -> bytes:
    """A file of the layout that holds the rows."""
    out = io.BytesIO()
    assert not write_rows(out, layout, rows, encoding=encoding).rejects
    return out.getvalue()


def read(layout: Layout, content: bytes, **options: object) -> list[Row | Reject]:
    """What the file gives."""
    return list(read_rows(io.BytesIO(content), layout, **options))  # type: ignore[arg-type]


def residents() -> Layout:
    """The residents layout."""
    return layouts()["residents"]


def immunization() -> Layout:
    """The immunization layout."""
    return layouts()["immunization"]
