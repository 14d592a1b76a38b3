"""Layout files: what is wrong is told, what could not be read back is refused, a town overrides in a few lines."""

import io
from pathlib import Path

import pytest

from boshi.mappings import (
    LayoutError,
    Reject,
    Row,
    layouts,
    load_layout,
    to_resources,
    to_rows,
    write_rejects,
)
from tests.mappings.files import DOSE, RESIDENT, TOWN, file_bytes, read, residents

WHOLE = """
layout: weights
title: 体重
title_en: Weights
status: example, configurable
source: a test
class: infant-checkup
key: [番号]
file: {format: delimited}
columns:
  番号: {type: digits, digits: 15, required: true, patient: true}
  体重: {type: decimal, min: 0, max: 99, observe: {visit: body-weight}}
  所見: {type: text}
resources:
  encounter:
    type: Encounter
    body:
      status: finished
      class: {system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: AMB}
      subject: {$patient: 番号}
      reasonCode: [{text: $所見}]
observations:
  visit: {body: {subject: {$patient: 番号}}}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "layout.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(folder: Path, text: str) -> str:
    with pytest.raises(LayoutError) as refused:
        load_layout(written(folder, text))
    return "\n".join(refused.value.problems)


def test_a_whole_layout_loads(tmp_path: Path) -> None:
    assert list(load_layout(written(tmp_path, WHOLE)).columns) == ["番号", "体重", "所見"]


def test_a_column_that_stands_nowhere_in_fhir_is_an_error(tmp_path: Path) -> None:
    told = problems(tmp_path, WHOLE.replace("[{text: $所見}]", "[{text: 所見}]"))
    assert "columns/所見" in told
    assert "cannot be read back" in told


def test_two_columns_that_cannot_be_told_apart_are_an_error(tmp_path: Path) -> None:
    text = WHOLE.replace("[{text: $所見}]", "[{text: $所見}, {text: $判定}]").replace(
        "所見: {type: text}", "所見: {type: text}\n  判定: {type: text}"
    )
    assert "cannot be read back" in problems(tmp_path, text)


def test_a_map_with_two_codes_of_one_meaning_is_an_error(tmp_path: Path) -> None:
    text = WHOLE.replace("所見: {type: text}", '所見: {type: code, list: "235", map: {"1": a, "2": a}}')
    assert "two codes have one meaning" in problems(tmp_path, text)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("type: text", "type: texte", "columns/所見/type"),
        ("class: infant-checkup\n", "", "'class' is a required property"),
        ("$所見", "$所見x", "所見x"),
        ("visit: body-weight", "visit: body-weightx", "no item 'body-weightx'"),
        ("key: [番号]", "key: [番]", "no column '番'"),
        ("key: [番号]", "key: [所見]", "a key is made of digits"),
        ("{format: delimited}", "{format: fixed}", "needs the column's `width`"),
        ("title: 体重", "title: [", "is not YAML"),
        ("type: text", 'type: code, list: "9999"', "no code list '9999'"),
        ("type: text", "type: text, pattern: '['", "no regular expression"),
        ("[{text: $所見}]", "[{$codng: 所見}]", "$codng"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert told in problems(tmp_path, WHOLE.replace(right, wrong, 1))


def test_an_unknown_layout_names_those_that_exist() -> None:
    with pytest.raises(LayoutError, match="residents"):
        load_layout("resident")


def test_a_town_changes_three_columns_with_a_short_file(tmp_path: Path) -> None:
    layout = load_layout(
        written(
            tmp_path,
            "extends: residents\n"
            "file: {encoding: utf-8, delimiter: tab}\n"
            "columns:\n"
            "  宛名番号: {header: 住民番号, file_digits: 10}\n"
            "  生年月日: {notation: yyyyMMdd}\n"
            "  氏名カナ: {kana: full}\n",
        )
    )
    cells = {**RESIDENT, "宛名番号": "0000000123", "生年月日": "19960401", "氏名カナ": "ヤマダ　ハナコ"}
    content = file_bytes(layout, cells, encoding="utf-8")
    assert content.decode().startswith("住民番号\t世帯番号")
    (row,) = read(layout, content)
    assert isinstance(row, Row)
    made = to_resources(layout, row, TOWN)
    (ours,) = read(residents(), file_bytes(residents(), RESIDENT))
    assert isinstance(ours, Row)
    assert made == to_resources(residents(), ours, TOWN)
    assert list(to_rows(layout, made, TOWN)) == [{name: cells.get(name, "") for name in layout.columns}]  # type: ignore[arg-type]


def test_layouts_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "layout.yaml"
    assert "extends itself" in problems(tmp_path, f"extends: {file}\n")


def test_a_fixed_width_variant_reads_what_it_writes(tmp_path: Path) -> None:
    widths = {
        name: 16 if column.type == "digits" else 20
        for name, column in layouts()["immunization"].columns.items()
    }
    lines = "".join(f"  {name}: {{width: {width}}}\n" for name, width in widths.items())
    text = f"extends: immunization\nfile: {{format: fixed, header: false}}\ncolumns:\n{lines}"
    layout = load_layout(written(tmp_path, text))
    cells = {**DOSE, "会場": "保健センター", "接種区分": "2"}
    content = file_bytes(layout, cells, {**cells, "枝番": "02", "会場": "髙島屋"})
    assert {len(line) for line in content.split(b"\r\n")} == {0, sum(widths.values())}
    told = read(layout, content)
    assert [row.cells["会場"] for row in told if isinstance(row, Row)] == ["保健センター", "髙島屋"]
    short = read(layout, content + b"000123\r\n")[-1]
    assert isinstance(short, Reject)


def test_a_rejects_file_of_fixed_width_is_read_again(tmp_path: Path) -> None:
    columns = layouts()["immunization"].columns
    lines = "".join(f"  {name}: {{width: 20}}\n" for name in columns)
    text = f"extends: immunization\nfile: {{format: fixed, header: false}}\ncolumns:\n{lines}"
    layout = load_layout(written(tmp_path, text))
    (row,) = read(layout, file_bytes(layout, {**DOSE, "実施区分": "7"}))
    assert isinstance(row, Row)
    out = io.BytesIO()
    write_rejects(out, layout, [one for one in to_resources(layout, row, TOWN) if isinstance(one, Reject)])
    (again,) = read(layout, out.getvalue())
    assert isinstance(again, Row)
    assert again.cells == row.cells
