"""A layout is tried when it is loaded: rows go to resources and back, and what is lost is named."""

import re
from collections.abc import Iterable, Mapping

from boshi.mappings.codes import code_lists
from boshi.mappings.columns import takes_unknown
from boshi.mappings.compiling import compiled
from boshi.mappings.directives import patient_reference
from boshi.mappings.eras import write_date
from boshi.mappings.export import found_in
from boshi.mappings.layout import Column, Layout
from boshi.mappings.records import values_to_resources
from boshi.mappings.rejects import Reason

_TOWN = "401005"


def irreversible(layout: Layout) -> Iterable[str]:
    """Each column whose value does not come back from the resources that it makes."""
    try:
        plan = compiled(layout, _TOWN)
    except KeyError as problem:
        yield f"a template names {problem}, which is no column, place, item, list or directive"
        return
    except re.error as problem:
        yield f"{problem.pattern!r} is no regular expression: {problem}"
        return
    told: set[str] = set()
    readers = {name: read for name, read, _ in plan.readers}
    for texts in _trials(layout):
        read = {name: readers[name](text) for name, text in texts.items()}
        values = {name: value for name, value in read.items() if value is not None}
        if any(isinstance(value, Reason) for value in values.values()) or not _allowed(layout, values):
            continue
        people = {
            patient_reference(_TOWN, values[name]): values[name]
            for name, column in layout.value_columns.items()
            if column.patient and name in values
        }
        found = found_in(plan, values_to_resources(plan, values), people.get)
        for name, value in values.items():
            if name not in told and found.get(name) != value:
                told.add(name)
                came = found.get(name)
                yield f"columns/{name}: {texts[name]!r} cannot be read back from the resources (found {came!r})"


def _allowed(layout: Layout, values: Mapping[str, object]) -> bool:
    return all(
        not rule.holds(values)
        or (
            all(name in values for name in rule.requires) and not any(name in values for name in rule.forbids)
        )
        for rule in compiled(layout, _TOWN).rules
    )


def _trials(layout: Layout) -> Iterable[dict[str, str]]:
    """A full row; each optional column left out; each code of each column; each optional column alone."""
    columns = layout.value_columns
    full = {name: _samples(column, place)[0] for place, (name, column) in enumerate(columns.items())}
    yield full
    needed = {name for name, column in columns.items() if column.required} | {part[0] for part in layout.key}
    base = {name: full[name] for name in full if name in needed}
    for place, (name, column) in enumerate(columns.items()):
        yield {other: text for other, text in full.items() if other != name or name in needed}
        unknown = ["不詳"] if takes_unknown(column) and not any(name in part for part in layout.key) else []
        for text in [*_samples(column, place), *unknown]:
            yield {**full, name: text}
            yield {**base, name: text}


def _samples(column: Column, place: int) -> list[str]:
    options = column.options
    match column.type:
        case "code":
            codes = options.get("map", code_lists()[options["list"]].codes)
            return list(codes)
        case "digits":
            width = options.get("file_digits") or options["digits"]
            return [str(place + 1).zfill(width)]
        case "date":
            return [_example_date(options["notation"])]
        case "datetime":
            return [_example_date(options["notation"].split(" ")[0]) + " 09:30"]
        case "decimal" | "integer":
            return [str(options["max"]), str(options["min"])]
        case "municipality":
            return [{"code5": "01202", "code6": "012025", "code6_unpadded": "12025"}[options["variant"]]]
    return ["812-0011"] if "pattern" in options else [f"値{place}"]


def _example_date(notation: str) -> str:
    return write_date("2026-04-15", notation) or ""
