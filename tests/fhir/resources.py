"""Hypothesis strategies that make structurally valid resources of any type, from the definitions.

    @given(resources())                 any of the 145 types with an end point
    @given(resources("Patient"))        one type

A resource has its required elements and a few others; depth and breadth are bounded.
"""

import base64
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from boshi.fhir.definitions import Element, TypeDefinition, definitions
from boshi.fhir.outcome import Resource

Json = Any
_DEEPEST = 3
_XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'

WORDS = (
    "花子",
    "𠮷野",
    "髙橋",
    "葛\U000e0100城",
    "﨑",
    "ﾊﾅｺ",
    "はなこ",
    "ハナコ",
    "渡邉 太郎",
    "丹羽\n一",
    "O'Brien",
    "é",
    "a:b",
    '"\\/',
)
"""Beyond CP932: 𠮷 (outside the basic plane), 髙 and 﨑 (NEC/IBM only), a variation sequence."""


def resources(type_name: str | None = None) -> st.SearchStrategy[Resource]:
    """Structurally valid resources, of one type or of any that has an end point."""
    names = st.just(type_name) if type_name else st.sampled_from(definitions().resource_types)
    return names.flatmap(lambda name: _resource(name, 0))


def texts() -> st.SearchStrategy[str]:
    """Texts as FHIR strings allow them, often Japanese."""
    anything = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
    return st.one_of(st.sampled_from(WORDS), anything)


def dates() -> st.SearchStrategy[str]:
    """FHIR dates of every precision."""
    return st.builds(lambda day, length: day.isoformat()[:length], _days(), st.sampled_from((4, 7, 10)))


def instants() -> st.SearchStrategy[str]:
    """FHIR instants in several zones and precisions."""
    return st.builds(
        lambda day, time, zone: f"{day.isoformat()}T{time}{zone}", _days(), _times(), st.sampled_from(_ZONES)
    )


def decimals() -> st.SearchStrategy[Decimal | int]:
    """Numbers whose precision is easily lost."""
    awkward = (
        "72.50",
        "1E+2",
        "0.00",
        "-0.0",
        "3.10",
        "12345678901234567.890",
        "1E-7",
        "9.9999999999999999999",
    )
    made = st.builds(
        lambda number, scale: Decimal(number).scaleb(-scale),
        st.integers(-(10**20), 10**20),
        st.integers(1, 9),
    )
    return st.one_of(st.sampled_from(awkward).map(Decimal), made, st.integers(-(10**25), 10**25))


_ZONES = ("Z", "+09:00", "-10:30", "+14:00")


def _days() -> st.SearchStrategy[date]:
    return st.dates(date(1, 1, 1), date(9999, 12, 31))


def _times() -> st.SearchStrategy[str]:
    return st.sampled_from(("00:00:00", "23:59:60", "10:20:30.5", "10:20:30.123456789"))


def _uris() -> st.SearchStrategy[str]:
    return st.sampled_from(
        ("http://example.jp/a", "urn:oid:1.2.392.100495.20.3.51.1", "http://例え.jp/花|1.0", "#a", "/x")
    )


_PRIMITIVES: dict[str, st.SearchStrategy[Json]] = {
    "string": texts(),
    "markdown": texts(),
    "xhtml": st.sampled_from(("<b>髙橋</b>&nbsp;花子", "𠮷野&lt;", '<p title="x">1</p>')).map(
        lambda inner: _XHTML % inner
    ),
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "unsignedInt": st.integers(0, 2**31 - 1),
    "positiveInt": st.integers(1, 2**31 - 1),
    "decimal": decimals(),
    "date": dates(),
    "dateTime": st.one_of(dates(), instants()),
    "instant": instants(),
    "time": _times(),
    "uri": _uris(),
    "url": _uris(),
    "canonical": _uris(),
    "code": st.sampled_from(("a", "final", "ja-JP", "日本", "two words")),
    "id": st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True),
    "oid": st.sampled_from(("urn:oid:1.2.3", "urn:oid:2.16.840.1.113883")),
    "uuid": st.uuids().map(lambda uuid: f"urn:uuid:{uuid}"),
    "base64Binary": st.binary(min_size=1, max_size=20).map(lambda raw: base64.b64encode(raw).decode()),
}


def _resource(name: str, depth: int) -> st.SearchStrategy[Resource]:
    return _object(name, depth).map(lambda made: {"resourceType": name, **made})


@cache
def _object(type_name: str, depth: int) -> st.SearchStrategy[dict[str, Json]]:
    return st.composite(_draw_object)(definitions().types[type_name], depth)


def _draw_object(draw: st.DrawFn, definition: TypeDefinition, depth: int) -> dict[str, Json]:
    chosen = [e for e in definition.elements.values() if e.min > 0]
    optional = [e for e in definition.elements.values() if e.min == 0 and _fits(e, depth)]
    chosen += (
        draw(
            st.lists(
                st.sampled_from(optional), unique=True, min_size=depth < 2, max_size=4 if depth == 0 else 2
            )
        )
        if optional
        else []
    )
    made: dict[str, Json] = {}
    for element in chosen:
        made |= draw(_element(element, depth))
    if definition.kind == "resource":
        return made
    return made or {"extension": [{"url": "http://example.jp/empty", "valueString": "空"}]}


def _fits(element: Element, depth: int) -> bool:
    if element.name == "contained" and depth > 0:
        return False
    kinds = {definitions().types[name].kind for name in element.types}
    return depth < _DEEPEST or kinds == {"primitive-type"}


@st.composite
def _element(draw: st.DrawFn, element: Element, depth: int) -> dict[str, Json]:
    names = list(element.json_names())
    if depth >= _DEEPEST:
        names = [n for n in names if definitions().types[n[1]].kind == "primitive-type"] or names
    name, type_name = draw(st.sampled_from(names))
    value = _value(element, type_name, depth + 1)
    if element.max != 1:
        value = st.lists(value, min_size=max(element.min, 1), max_size=max(element.min, 2))
    made = {name: draw(value)}
    if (
        definitions().types[type_name].kind == "primitive-type"
        and type_name != "xhtml"
        and draw(st.integers(0, 5)) == 0
    ):
        made |= draw(_with_sibling(name, made[name], element.max != 1))
    return made


@st.composite
def _with_sibling(draw: st.DrawFn, name: str, value: Json, repeats: bool) -> dict[str, Json]:
    """`_name` beside the value, or instead of it."""
    extra = {"extension": [{"url": "http://example.jp/about", "valueString": draw(texts())}]}
    if not repeats:
        return {f"_{name}": extra}
    alone = draw(st.booleans())
    return {
        name: [*value, None] if alone else value,
        f"_{name}": [*[None] * (len(value) - (not alone)), extra],
    }


def _value(element: Element, type_name: str, depth: int) -> st.SearchStrategy[Json]:
    if type_name == "Resource":
        inner = st.sampled_from(("Organization", "Patient", "Observation", "Basic"))
        return inner.flatmap(lambda name: _resource(name, max(depth, 2)))
    if element.binding and type_name in ("code", "CodeableConcept"):
        systems = definitions().value_set_systems(element.binding)
        if systems:
            return _coded(type_name, systems)
    if definitions().types[type_name].kind == "primitive-type":
        return _PRIMITIVES[type_name]
    return _object(type_name, depth)


def _coded(type_name: str, systems: Json) -> st.SearchStrategy[Json]:
    pairs = [(system, code) for system, codes in systems.items() for code in sorted(codes)]
    if type_name == "code":
        return st.sampled_from([code for _, code in pairs])
    return st.sampled_from(pairs).map(lambda pair: {"coding": [{"system": pair[0], "code": pair[1]}]})
