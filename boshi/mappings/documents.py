"""docs/layouts.md, from the layouts: `python -m boshi.mappings.documents > docs/layouts.md`."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from boshi.mappings.codes import code_lists, items
from boshi.mappings.layout import Column, Layout
from boshi.mappings.loading import layouts

_INTRODUCTION: Final = """\
# Layouts of municipal files

Written by `python -m boshi.mappings.documents > docs/layouts.md`; do not edit.

Every layout here is an **example, configurable**: shaped by a secondary source (S), since the official layouts
of 業務 019 were not seen. A town changes one in a few lines (`extends:`, see below); nothing is code.

How a cell is read, whatever the layout:

- Encodings: UTF-8 with and without BOM, UTF-16LE, CP932, told from the bytes. A row with a character for private
  use (外字) or a control character is rejected; on writing, a row with a character that the encoding lacks is
  reported, never `?`.
- Columns may stand in any order when there is a header; `discard` columns are dropped unread, counted, and blank
  in kept rows.
- Dates are read in every notation (yyyyMMdd, yyyy/MM/dd, yyyy年M月d日, R08.04.01, 令和08年04月01日, 5080401; year, or
  year and month, only; parts 不詳, 00 or 99) and written in the column's own. 元年 is year 1. An era past its end is
  converted, with a warning. 00000000 is blank, 99999999 is 不詳. What a FHIR date cannot hold (a day without its
  month) keeps its text in an extension.
- 不詳 becomes dataAbsentReason (or the data-absent-reason extension); a blank makes no element.
- A row that comes back from FHIR is canonical: dates in the column's notation, numbers without leading zeros,
  codes and 宛名番号 with all digits, half-width kana where the column says so, `discard` columns blank. All else is
  as it was.

## Refused rows

Every row becomes resources or a line of `FILE.rejects.csv`: the row's cells in the layout's order, then 行番号, 項目
(the column; 行全体 when it is the whole row), 値, 理由 and 対処. Mend the cells in any editor or spreadsheet (UTF-8 or
CP932; lost zeros and dates written another way are read), leave the last five columns as they are, and import that file
by itself. A row whose 項目 says 行全体 is taken once you empty that cell; a cell that still shows `************` (a
個人番号), `\\x81` or `\\u0000` (characters refused) is refused again. Import FILE again instead, and the rejects file
is written anew.

## A town's own variant

```yaml
extends: residents
file: {encoding: utf-8, delimiter: tab}
columns:
  宛名番号: {header: 住民番号, file_digits: 10}
  生年月日: {notation: yyyyMMdd}
```

Loading tries the layout: rows go to resources and back, and a column that would not come back is an error.
Each code column is bound to its own list: the lists do not agree on yes and no.
"""


def markdown() -> str:
    """The whole document."""
    return "\n".join([_INTRODUCTION, *(_layout(layout) for layout in layouts().values())])


def _layout(layout: Layout) -> str:
    form = layout.file
    kind = "fixed width" if form.format == "fixed" else f"{form.delimiter}, quotes {form.quote}"
    lines = [
        f"## {layout.title} (`{layout.name}`)\n",
        f"{layout.title_en}. Status: {layout.status}. {layout.source}.\n",
        f"File: {kind}, {'with' if form.header else 'no'} header, written in {form.encoding}. "
        f"Key: {' + '.join(' or '.join(part) for part in layout.key)}. Class of record: {layout.record_class}.\n",
        *_table(layout.columns.values(), _places(layout)),
    ]
    if layout.tall:
        lines += ["\nItems of the tall rows:\n", *_table(layout.tall.items.values(), _places(layout))]
    lines += [f"\n- {rule['ja']}。 ({rule['en']})" for rule in layout.rules]
    return "\n".join(lines) + "\n"


def _table(columns: Iterable[Column], places: Mapping[str, list[str]]) -> Iterable[str]:
    yield "| column | required | what | FHIR |"
    yield "| --- | --- | --- | --- |"
    for column in columns:
        where = "<br>".join(f"`{place}`" for place in places.get(column.name, ()))
        yield f"| {column.header} | {'yes' if column.required else ''} | {_what(column)} | {where} |"


def _what(column: Column) -> str:
    options = column.options
    match column.type:
        case "discard":
            return "dropped unread"
        case "digits":
            told = f"{options['digits']} digits"
            told += f", {options['file_digits']} in the file" if "file_digits" in options else ""
            told += ", lost zeros restored" if options.get("restore_zeros") else ""
            told += ", 9… for records of other towns" if options.get("serial") else ""
        case "date" | "datetime":
            told = f"{column.type}, {options['notation']}"
        case "code":
            told = _code(options)
        case "decimal" | "integer":
            told = f"{column.type}, {options['min']} to {options['max']}"
        case "municipality":
            told = f"団体コード, {options['variant']}"
        case _:
            told = f"text{', half-width kana' if options.get('kana') == 'half' else ''}"
    return f"{told}. {options['note']}" if "note" in options else told


def _code(options: Mapping[str, Any]) -> str:
    listed = code_lists()[options["list"]]
    codes = [f"{code} {text}" for code, text in listed.codes.items()]
    shown = ", ".join(codes[:9]) + (" …" if len(codes) > 9 else "")
    return f"list {listed.number} {listed.name}: {shown}{'; others too' if 'open' in options else ''}"


def _places(layout: Layout) -> Mapping[str, list[str]]:
    places: dict[str, list[str]] = {}
    for name, told in layout.resources.items():
        for column, path in _walk(told["body"], told["type"]):
            places.setdefault(column, []).append(f"{path} ({name})")
    for observed in layout.value_columns.values():
        if observed.observe:
            item = items()[observed.observe[1]]
            coding = " ".join(f"{code['code']}" for code in item.concept["coding"][:-1])
            told_unit = f" {item.unit}" if item.unit else ""
            place = f"Observation {item.name}{f' {coding}' if coding else ''}{told_unit}"
            places.setdefault(observed.name, []).append(place)
    return places


def _walk(told: Any, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(told, str) and told.startswith("$"):
        yield told[1:], path
    elif isinstance(told, list):
        for part in told:
            yield from _walk(part, path)
    elif isinstance(told, dict):
        for key, part in told.items():
            yield from _directive(key, part, path) if key.startswith("$") else _walk(part, f"{path}.{key}")


def _directive(key: str, told: Any, path: str) -> Iterable[tuple[str, str]]:
    if key == "$case":
        for case in told:
            yield from _walk(case["then"], path)
    elif key in ("$join", "$record"):
        columns = told if key == "$join" else told["key"]
        yield columns[-1], path
    elif key == "$quantity":
        yield told["column"], f"{path}.valueQuantity {told['unit']}"
    elif key in ("$coding", "$patient", "$person", "$name", "$integer"):
        yield told, path


if __name__ == "__main__":
    sys.stdout.write(markdown())
