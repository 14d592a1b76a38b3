"""One row to its resources: pure. Every value is read before anything is built, so a row is all or nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from boshi.fhir.outcome import Resource
from boshi.mappings.columns import UNKNOWN, Noted
from boshi.mappings.compiling import Compiled, compiled
from boshi.mappings.layout import Layout, Tall
from boshi.mappings.rejects import Reason, Reject, Warned, required, rule_broken, tall_value, unknown_item
from boshi.mappings.row import Row


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a row became: resources or rejects, never both; `warned` values were taken."""

    resources: list[Resource]
    rejects: list[Reject]
    warned: list[Warned]


def to_resources(layout: Layout, row: Row, town_code: str) -> list[Resource] | list[Reject]:
    """The resources that the row makes in this town, or all its rejects."""
    mapped = map_row(layout, row, town_code)
    return mapped.rejects or mapped.resources


def map_row(layout: Layout, row: Row, town_code: str) -> Mapped:
    """As `to_resources`, with the warnings."""
    plan = compiled(layout, town_code)
    reading = _RowReading(row)
    values = _tall_values(plan, reading, layout.tall) if layout.tall else _wide_values(plan, reading)
    _obey_rules(plan, values, reading)
    _refuse_unknown_key(layout, values, reading)
    if reading.rejects:
        return Mapped([], reading.rejects, reading.warned)
    return Mapped(values_to_resources(plan, values), [], reading.warned)


def values_to_resources(plan: Compiled, values: Mapping[str, Any]) -> list[Resource]:
    """The resources that a row of these FHIR values makes."""
    key = ".".join(str(values.get(column, "")) for column in _key_columns(plan.layout, values))
    values = {**values, "#key": key}
    return [place.build(values) for place in plan.places.values() if place.made(values)]


class _RowReading:
    """The rejects and warnings of one row."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.rejects: list[Reject] = []
        self.warned: list[Warned] = []

    def refuse(self, column: str, reason: Reason, value: str = "") -> None:
        self.rejects.append(Reject(self.row.number, column, value, reason, self.row.cells))

    def take(self, values: dict[str, Any], column: str, text: str, value: Any) -> None:
        if value.__class__ is Reason:
            self.refuse(column, value, text)
        elif value.__class__ is Noted and value.warning:
            self.warned.append(Warned(self.row.number, column, text, value.warning))
            values[column] = Noted(value.value, value.source) if value.source else value.value
        elif value is not None:
            values[column] = value


def _wide_values(plan: Compiled, reading: _RowReading) -> dict[str, Any]:
    values: dict[str, Any] = {}
    cells = reading.row.cells
    for column, read, needed in plan.readers:
        text = cells.get(column)
        if text:
            value = read(text)
            if value.__class__ is str:
                values[column] = value
                continue
            reading.take(values, column, text, value)
            if value is not None:
                continue
        if needed:
            reading.refuse(column, _REQUIRED)
    return values


_REQUIRED: Final = required()
_TWO_VALUES: Final = tall_value(
    "the row holds two values, or a value and the flag of 不詳",
    "値が2つある、または不詳フラグと値がともにある",
)
_NO_VALUE: Final = tall_value(
    "the row holds no value and is not flagged 不詳", "値がなく、不詳フラグも立っていない"
)
_FLAG: Final = tall_value("the flag of 不詳 is neither 0 nor 1", "不詳フラグが0でも1でもない")


def _tall_values(plan: Compiled, reading: _RowReading, tall: Tall) -> dict[str, Any]:
    values: dict[str, Any] = {}
    cells = reading.row.cells
    for column, read, needed in plan.readers:
        if column in tall.items:
            continue
        if text := cells.get(column):
            reading.take(values, column, text, read(text))
        elif needed:
            reading.refuse(column, _REQUIRED)
    _take_item(plan, reading, tall, values)
    return values


def _take_item(plan: Compiled, reading: _RowReading, tall: Tall, values: dict[str, Any]) -> None:
    cells = reading.row.cells
    code = cells.get(tall.item, "").strip()
    if code not in tall.items:
        reading.refuse(tall.item, unknown_item(code) if code else _REQUIRED, code)
        return
    number, text, flag = (cells.get(name, "").strip() for name in (tall.number, tall.text, tall.unknown))
    column = tall.number if tall.items[code].type in ("decimal", "integer") else tall.text
    if flag not in ("", "0", "1", "０", "１"):
        reading.refuse(tall.unknown, _FLAG, flag)
    elif flag in ("1", "１"):
        if number or text:
            reading.refuse(column, _TWO_VALUES, number or text)
        values[code] = UNKNOWN
    elif number and text:
        reading.refuse(column, _TWO_VALUES, f"{number} {text}")
    elif not (given := cells.get(column, "")).strip():
        reading.refuse(column, _NO_VALUE, number or text)
    else:
        _take_value(plan, reading, values, code, column, given)


def _take_value(
    plan: Compiled, reading: _RowReading, values: dict[str, Any], code: str, column: str, text: str
) -> None:
    read = next(read for name, read, _ in plan.readers if name == code)
    taken: dict[str, Any] = {}
    reading.take(taken, column, text, read(text))
    if column in taken:
        values[code] = taken[column]
    elif not reading.rejects:
        reading.refuse(column, _NO_VALUE, text)


def _obey_rules(plan: Compiled, values: Mapping[str, Any], reading: _RowReading) -> None:
    for rule in plan.rules:
        if reading.rejects or not rule.holds(values):
            continue
        reason = rule_broken(rule.en, rule.ja)
        for column in rule.requires:
            if values.get(column) is None:
                reading.refuse(column, reason)
        for column in rule.forbids:
            if values.get(column) is not None:
                reading.refuse(column, reason, reading.row.cells.get(column, ""))


_UNKNOWN_KEY: Final = Reason(
    "unknown-key",
    "a key column is 不詳",
    "キーの項目が不詳",
    "fill the column: the row has no identity without it",
    "キーの項目に値を入れる",
)


def _key_columns(layout: Layout, values: Mapping[str, Any]) -> list[str]:
    """Of each part of the key, the first alternative that is filled."""
    return [
        next((name for name in alternatives if values.get(name) is not None), alternatives[0])
        for alternatives in layout.key
    ]


def _refuse_unknown_key(layout: Layout, values: Mapping[str, Any], reading: _RowReading) -> None:
    for column in _key_columns(layout, values):
        if values.get(column).__class__ is Noted:
            reading.refuse(column, _UNKNOWN_KEY, reading.row.cells.get(column, ""))


def soften(resources: Iterable[Resource], exists: Callable[[str], bool]) -> list[str]:
    """Drop, in place, every literal reference whose target does not exist and whose identifier stands beside it.

    `exists` tells of "Type/id". Returns the missing targets that have no identifier beside them: such a
    row cannot be stored (its person must be imported first).
    """
    missing: list[str] = []
    for resource in resources:
        for holder in _references(resource):
            if not exists(holder["reference"]):
                if "identifier" in holder:
                    del holder["reference"]
                else:
                    missing.append(holder["reference"])
    return missing


def _references(element: Any) -> Iterable[dict[str, Any]]:
    if isinstance(element, dict):
        if isinstance(element.get("reference"), str):
            yield element
        for part in element.values():
            if isinstance(part, (dict, list)):
                yield from _references(part)
    elif isinstance(element, list):
        for part in element:
            yield from _references(part)
