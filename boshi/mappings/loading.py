"""Loading a layout: one YAML file, checked against layout.schema.json and against itself.

What could not be read back from the resources that the layout makes is an error here, not a loss later.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from boshi.mappings.codes import code_lists, items
from boshi.mappings.layout import Column, FileFormat, Layout, LayoutError, Tall, Template
from boshi.mappings.reversible import irreversible


@cache
def layouts() -> Mapping[str, Layout]:
    """The layouts that ship with boshi, by name."""
    return {name: load_layout(name) for name in _shipped()}


@cache
def _shipped() -> Mapping[str, str]:
    folder = resources.files(__package__).joinpath("layouts")
    return {
        entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def load_layout(source: str | Path) -> Layout:
    """The layout of a shipped name or of a YAML file. Raises LayoutError with every problem found."""
    told = _told(source, ())
    problems = [
        f"{'/'.join(map(str, problem.absolute_path)) or 'the file'}: {problem.message}"
        for problem in _validator().iter_errors(told)
    ]
    if problems:
        raise LayoutError(str(source), problems)
    layout = _layout(told)
    if problems := [*_dangling(layout), *irreversible(layout)]:
        raise LayoutError(str(source), problems)
    return layout


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(
        resources.files(__package__).joinpath("layout.schema.json").read_text(encoding="utf-8")
    )
    return jsonschema.Draft202012Validator(schema)


def _told(source: str | Path, seen: tuple[str, ...]) -> dict[str, Any]:
    name = str(source)
    if name in seen:
        raise LayoutError(name, [f"extends itself: {' → '.join((*seen, name))}"])
    text = _shipped().get(name)
    if text is None:
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            shipped = ", ".join(_shipped())
            raise LayoutError(
                name, [f"no such layout or file; shipped are {shipped} ({problem})"]
            ) from problem
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise LayoutError(name, [f"is not YAML: {problem}"]) from problem
    if not isinstance(told, dict):
        raise LayoutError(name, ["the file is not a mapping"])
    return _merged(_told(told["extends"], (*seen, name)), told) if "extends" in told else told


def _merged(base: dict[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in override.items():
        if value is None and key in result:
            del result[key]
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result


def _column(name: str, told: Mapping[str, Any]) -> Column:
    observe = next(iter(told["observe"].items())) if "observe" in told else None
    return Column(
        name,
        told["type"],
        told.get("header", name),
        told.get("required", False),
        told.get("patient", False),
        told,
        observe,
    )


def _layout(told: Mapping[str, Any]) -> Layout:
    tall = told.get("tall")
    return Layout(
        name=told["layout"],
        title=told["title"],
        title_en=told["title_en"],
        status=told["status"],
        source=told["source"],
        group=told.get("group"),
        record_class=told["class"],
        key=tuple(tuple(part.split("|")) for part in told["key"]),
        file=FileFormat(**told["file"]),
        columns={name: _column(name, column) for name, column in told["columns"].items()},
        tall=tall
        and Tall(**{**tall, "items": {code: _column(code, item) for code, item in tall["items"].items()}}),
        rules=tuple(told.get("rules", ())),
        resources=told["resources"],
        observations=told.get("observations", {}),
    )


def _dangling(layout: Layout) -> Iterable[str]:
    known = layout.value_columns
    named = {
        "key": [name for part in layout.key for name in part],
        "rules": [name for rule in layout.rules for name in _rule_names(rule)],
        "resources": [name for body in layout.resources.values() for name in _needed(body)],
    }
    for place, names in named.items():
        yield from (f"{place}: no column {name!r}" for name in names if name not in known)
    for name in (name for part in layout.key for name in part if name in known):
        if known[name].type not in ("digits", "code", "date"):
            yield f"key: column {name!r} is {known[name].type}; a key is made of digits, codes and dates"
    if layout.tall:
        yield from (
            f"tall: no column {name!r}" for name in layout.tall.controls if name not in layout.columns
        )
    for column in known.values():
        yield from _column_problems(layout, column)
    if layout.file.format == "fixed":
        loose = [column.name for column in layout.columns.values() if "width" not in column.options]
        yield from (f"columns/{name}: a fixed-width file needs the column's `width`" for name in loose)


def _needed(told: Template) -> Iterable[str]:
    for part in ("needs", "lacks", "needs_any"):
        yield from told.get(part, ())


def _rule_names(rule: Template) -> Iterable[str]:
    for part in ("when", "unless", "requires", "forbids"):
        yield from rule.get(part, ())


def _column_problems(layout: Layout, column: Column) -> Iterable[str]:
    options, place = column.options, f"columns/{column.name}"
    if column.type == "code" and options["list"] not in code_lists():
        yield f"{place}: no code list {options['list']!r}"
    elif mapping := options.get("map"):
        if len(set(mapping.values())) < len(mapping):
            yield f"{place}: two codes have one meaning in `map`: it cannot be read back"
        loose = set(code_lists()[options["list"]].codes) - set(mapping) - set(options.get("blank", ()))
        yield from (f"{place}: code {code!r} of the list has no meaning in `map`" for code in sorted(loose))
    if column.observe:
        group, item = column.observe
        if group not in layout.observations:
            yield f"{place}: no observations group {group!r}"
        if item not in items():
            yield f"{place}: no item {item!r}"
