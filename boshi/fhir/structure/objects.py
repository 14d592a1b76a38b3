"""Checks of objects, compiled to closures once per type: elements, cardinality, choices, `_siblings`.

A closure returns None for a right value, and only a wrong one pays for places and words: problems carry their
place upwards, level by level. No value is checked twice, or nesting would cost exponential time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from boshi.fhir.definitions import Element, definitions
from boshi.fhir.structure.bindings import bound
from boshi.fhir.structure.found import MOST, Check, Found, empty, null, wrong_kind
from boshi.fhir.structure.primitives import code_check, primitive_check
from boshi.fhir.structure.shared import shared

_PAIRED: Final[list[Found]] = [Found("", "", "", "")]
"""Says that `_name` was met: both halves are judged together, when the object has been read."""


_SHOWN_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class _Pair:
    """How `name` and `_name` are judged together."""

    location: str
    check: Check
    repeats: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the object check of one type knows; filled after the check exists, so that types may recur."""

    name: str
    fields: dict[str, Check]
    locations: dict[str, str]
    pairs: dict[str, _Pair]
    choices: list[tuple[str, frozenset[str]]]
    required: dict[str, frozenset[str]]
    """Element name -> the JSON names of which one must stand."""


_compiled: dict[str, Check] = {}


def type_check(name: str) -> Check:
    """The check of any type by name: a primitive, a complex type, a backbone path, a resource or Resource."""
    made = _compiled.get(name)
    if made is None:
        made = _compile(name)
    return made


def resource_check(value: Any) -> list[Found] | None:
    """Any resource, told by its resourceType."""
    if type(value) is not dict:
        return wrong_kind(value, "a resource (an object)", "リソース（オブジェクト）")
    name = value.get("resourceType")
    if not isinstance(name, str) or not definitions().is_resource(name):
        return _unknown_resource(name)
    return type_check(name)(value)


def _compile(name: str) -> Check:
    definition = definitions().types[name]
    if name == "Resource":
        check: Check = resource_check
    elif definition.kind == "primitive-type":
        check = primitive_check(name)
    else:
        shape = _Shape(name, {}, {}, {}, [], {})
        check = _compiled[name] = _object_check(shape)
        _fill(shape, definition.elements)
    _compiled[name] = check
    return check


def _fill(shape: _Shape, elements: Mapping[str, Element]) -> None:
    if definitions().types[shape.name].kind == "resource":
        shape.fields["resourceType"] = primitive_check("code")
    for element in elements.values():
        names = frozenset(name for name, _ in _fill_element(shape, element))
        if element.choice:
            shape.choices.append((element.name, names))
        if element.min > 0:
            shape.required[element.name] = names


def _fill_element(shape: _Shape, element: Element) -> list[tuple[str, str]]:
    written = []
    is_resource = definitions().types[shape.name].kind == "resource"
    for name, type_name in element.json_names():
        check = _value_check(element, type_name)
        repeats = element.max != 1
        whole = _list_check(check, element.min, element.max) if repeats else check
        shape.fields[name] = shared(whole, type_name) if is_resource else whole
        shape.locations[name] = element.name
        written.append((name, type_name))
        if definitions().types[type_name].kind == "primitive-type" and type_name != "xhtml":
            shape.fields[f"_{name}"] = _met_sibling
            shape.pairs[name] = _Pair(element.name, check, repeats)
            written.append((f"_{name}", type_name))
    return written


def _value_check(element: Element, type_name: str) -> Check:
    if element.binding and type_name == "code":
        codes = definitions().value_set_codes(element.binding)
        return code_check(codes, element.binding) if codes else type_check(type_name)
    check = type_check(type_name)
    if element.binding:
        return bound(check, type_name, element.binding)
    return _without_contained(check) if element.name == "contained" else check


def _met_sibling(_: Any) -> list[Found]:
    return _PAIRED


def _object_check(shape: _Shape) -> Check:
    fields, required, choices = shape.fields, shape.required, shape.choices

    def check(value: Any) -> list[Found] | None:
        if type(value) is not dict:
            return wrong_kind(value, "one object", "オブジェクト1つ")
        if not value:
            return empty("object", "オブジェクト")
        wrong: dict[str, list[Found]] | None = None
        for name, item in value.items():
            field = fields.get(name)
            found = field(item) if field is not None else _unknown(shape, name)
            if found is not None:
                if wrong is None:
                    wrong = {}
                wrong[name] = found
                if len(wrong) > MOST:
                    break
        for name in required:
            if name not in value and required[name].isdisjoint(value):
                wrong = wrong or {}
                wrong[f" {name}"] = _missing(shape, name)
        for name, group in choices:
            if len(value) > 1 and len(value.keys() & group) > 1:
                wrong = wrong or {}
                wrong[f"? {name}"] = _several(name, value.keys() & group)
        return None if wrong is None else _gathered(shape, value, wrong)

    return check


def _gathered(shape: _Shape, value: dict[str, Any], wrong: dict[str, list[Found]]) -> list[Found] | None:
    for name in [name for name, found in wrong.items() if found is _PAIRED]:
        del wrong[name]
        wrong[name[1:]] = _pair(shape.pairs[name[1:]], value, name[1:])
    gathered: list[Found] = []
    for name, found in wrong.items():
        place = f".{shape.locations.get(name) or _as_path(name.lstrip('? '))}"
        gathered += [problem.under(place) for problem in found[: MOST - len(gathered)]]
    return gathered or None


def _as_path(name: str) -> str:
    """A name in FHIRPath: one that is no identifier stands in backticks."""
    name = name[:_SHOWN_NAME]
    return name if name.isidentifier() else "`" + name.replace("`", "\\`") + "`"


def _list_check(check: Check, low: int, high: int | None) -> Check:
    def check_list(value: Any) -> list[Found] | None:
        if type(value) is not list:
            return wrong_kind(value, "an array, also for one value: [ … ]", "（値が1つでも）配列 [ … ]")
        if not value:
            return empty("array", "配列")
        wrong: list[Found] = []
        for index, item in enumerate(value):
            found = check(item)
            if found is not None:
                wrong += [problem.under(f"[{index}]") for problem in found]
                if len(wrong) >= MOST:
                    break
        if len(value) < low or (high is not None and len(value) > high):
            wrong.append(_count(len(value), low, high))
        return wrong or None

    return check_list


def _pair(pair: _Pair, value: dict[str, Any], name: str) -> list[Found]:
    """The problems of a primitive and its `_sibling` (R4 §2.6.2.3): null pads one side of an array."""
    sibling = value[f"_{name}"]
    if not pair.repeats:
        found = type_check("Element")(sibling) or []
        return (pair.check(value[name]) or []) + found if name in value else found
    values = value.get(name, [])
    if type(sibling) is not list or type(values) is not list:
        odd = sibling if type(sibling) is not list else values
        return wrong_kind(odd, "an array on both sides of name and _name", "nameと_nameの両方に配列")
    wrong: list[Found] = []
    for index in range(max(len(values), len(sibling), 1)):
        plain = values[index] if index < len(values) else None
        extra = sibling[index] if index < len(sibling) else None
        found = _pair_item(pair, plain, extra)
        wrong += [problem.under(f"[{index}]") for problem in found[:MOST]]
    return wrong


def _pair_item(pair: _Pair, plain: Any, extra: Any) -> list[Found]:
    if plain is None and extra is None:
        return null()
    found = [] if plain is None else pair.check(plain) or []
    return found + ([] if extra is None else type_check("Element")(extra) or [])


def _without_contained(check: Check) -> Check:
    """A contained resource, which contains none itself (dom-2)."""

    def check_contained(value: Any) -> list[Found] | None:
        if type(value) is dict and "contained" in value:
            return [
                Found(
                    ".contained",
                    "structure",
                    "A contained resource contains resources; only the outermost may. Move them up.",
                    "containedの中にcontainedは置けません。外側のリソースに移してください。",
                )
            ]
        return check(value)

    return check_contained


def _unknown(shape: _Shape, name: str) -> list[Found]:
    known = sorted(known for known in shape.fields if not known.startswith("_"))
    like = [k for k in known if k.lower().startswith(name.lower().lstrip("_")) or name.startswith(k)]
    hint = ", ".join(like or known)
    name = name[:_SHOWN_NAME]
    text = f'{shape.name} has no element "{name}". It has: {hint}.'
    return [Found("", "structure", text, f"{shape.name}に要素「{name}」はありません。使える要素: {hint}")]


def _unknown_resource(name: Any) -> list[Found]:
    if name is None:
        text, text_ja = (
            "resourceType is missing. Name the type.",
            "resourceTypeがありません。型名を入れてください。",
        )
        return [Found(".resourceType", "required", text, text_ja)]
    shown = str(name)[:60]
    return [
        Found(
            ".resourceType",
            "structure",
            f'"{shown}" is no resource type of FHIR R4 (4.0.1). Mind upper and lower case.',
            f"「{shown}」はFHIR R4（4.0.1）のリソース型ではありません。大文字と小文字を確かめてください。",
        )
    ]


def _missing(shape: _Shape, name: str) -> list[Found]:
    text = f"{shape.name}.{name} is required and missing. Add it."
    return [Found("", "required", text, f"必須の要素 {shape.name}.{name} がありません。追加してください。")]


def _several(name: str, found: set[str]) -> list[Found]:
    """Nothing to say of one name and its own `_sibling`."""
    plain = sorted({written.lstrip("_") for written in found})
    if len(plain) < 2:
        return []
    listed = ", ".join(plain)
    text = f"{name}[x] stands {len(plain)} times ({listed}); one type at most is allowed. Keep one."
    return [
        Found(
            "", "structure", text, f"{name}[x]は1つだけ使えますが、{listed} があります。1つにしてください。"
        )
    ]


def _count(count: int, low: int, high: int | None) -> Found:
    allowed = f"{low}..{'*' if high is None else high}"
    text = f"Found {count} values; {allowed} are allowed."
    return Found("", "structure", text, f"値が{count}個あります。{allowed}個でなければなりません。")
