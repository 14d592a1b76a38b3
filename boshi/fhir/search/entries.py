"""A resource -> its index entries. The form of every entry stands in `boshi.fhir.search.keys`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from boshi.fhir.outcome import Problems, Resource
from boshi.fhir.path import EvaluationError, Node, Path, compile_path
from boshi.fhir.path.parser import parse
from boshi.fhir.path.roots import root_properties
from boshi.fhir.references import parse_reference
from boshi.fhir.search import keys
from boshi.fhir.search.catalogue import Parameter, patient_link, stored_parameters
from boshi.fhir.search.fold import fold
from boshi.fhir.search.links import reference_identifier, reference_values, uri_values
from boshi.fhir.search.quantity import amounts
from boshi.fhir.search.stretches import stretch
from boshi.fhir.search.texts import joined_texts, texts
from boshi.fhir.search.tokens import implied_systems, tokens


@dataclass(slots=True)
class IndexEntries:
    """The index fields of a stored document, as `boshi.fhir.search.keys` describes them.

    Numbers are Decimal and times are aware, in UTC; the store turns them into its own types.
    """

    s: list[str] = field(default_factory=list)
    p: str | None = None
    c: list[str] = field(default_factory=list)
    k: datetime | None = None
    h: datetime | None = None
    d: list[dict[str, Any]] = field(default_factory=list)
    q: list[dict[str, Any]] = field(default_factory=list)
    n: list[str] = field(default_factory=list)
    o: dict[str, str] = field(default_factory=dict)


class _Situation(NamedTuple):
    """What a writer needs besides the nodes: where to put entries, the resource's id, our base URLs."""

    into: IndexEntries
    id: str
    bases: tuple[str, ...]


_Writer: TypeAlias = Callable[[list[Node], _Situation], None]


class _Extractor(NamedTuple):
    path: Path
    write: _Writer


class _Plan(NamedTuple):
    """What to evaluate for a type: by the properties of the resource that make it worth while, and always."""

    by_property: dict[str, tuple[int, ...]]
    always: tuple[int, ...]
    extractors: tuple[_Extractor, ...]


def index_entries(resource: Resource, *, bases: tuple[str, ...] = ()) -> IndexEntries:
    """The index entries of a resource that passed the structure check.

    `bases` are our own base URLs: an absolute reference with one of them is kept as a relative one. Where
    data does not fit a parameter's expression, that parameter has no entry; others still find the resource.
    """
    resource_type = resource["resourceType"]
    found = IndexEntries(c=[resource_type])
    situation = _Situation(found, str(resource.get("id", "")), tuple(base.rstrip("/") for base in bases))
    plan = _plan(resource_type)
    chosen = set(plan.always)
    for name in resource:
        chosen.update(plan.by_property.get(name, ()))
    for number in sorted(chosen):
        path, write = plan.extractors[number]
        try:
            nodes = path.evaluate(resource)
        except EvaluationError:
            continue
        if nodes:
            write(nodes, situation)
    if resource_type == "Patient":
        found.p = situation.id or None
    return found


@cache
def _plan(resource_type: str) -> _Plan:
    extractors: list[_Extractor] = []
    by_property: dict[str, list[int]] = {}
    always: list[int] = []
    for parameter in stored_parameters(resource_type):
        write = _writer(parameter)
        path = compile_path(parameter.expression)
        if write is None or isinstance(path, Problems):
            continue
        properties = root_properties(parse(parameter.expression), resource_type)
        for name in properties or ():
            by_property.setdefault(name, []).append(len(extractors))
        if properties is None:
            always.append(len(extractors))
        extractors.append(_Extractor(path, write))
    return _Plan({name: tuple(each) for name, each in by_property.items()}, tuple(always), tuple(extractors))


def _writer(parameter: Parameter) -> _Writer | None:
    if parameter.type == "date" and parameter.clinical:
        return _write_clinical
    if parameter.type == "composite":
        return _composite_writer(parameter)
    make = _WRITERS.get(parameter.type)
    return make(parameter) if make else None


def _token_writer(parameter: Parameter) -> _Writer:
    start = keys.entry(parameter.name, "")
    systems = implied_systems(parameter.resource_type, parameter.expression)
    selective = parameter.code in keys.SELECTIVE

    def write(nodes: list[Node], situation: _Situation) -> None:
        pairs = [pair for node in nodes for pair in tokens(node, systems)]
        found = _unique(start + value for pair in pairs for value in keys.token_values(*pair))
        situation.into.s += found or [start]
        if selective:
            situation.into.c += found

    return write


def _reference_writer(parameter: Parameter) -> _Writer:
    start = keys.entry(parameter.name, "")
    identified = keys.entry(keys.name(parameter.resource_type, parameter.code, "identifier"), "")
    link = patient_link(parameter.resource_type)
    is_link = link is not None and link.storage == parameter.storage

    def write(nodes: list[Node], situation: _Situation) -> None:
        values = _unique(value for node in nodes for value in reference_values(node, situation.bases))
        pairs = [pair for node in nodes if (pair := reference_identifier(node)) is not None]
        into = situation.into
        into.s += [start + value for value in values] or [start]
        into.s += _unique(identified + value for pair in pairs for value in keys.token_values(*pair))
        if is_link and values:
            into.p = _patient_id(values[0])

    return write


def _patient_id(value: str) -> str | None:
    parsed = parse_reference(value)
    return parsed.id if parsed.kind == "relative" and parsed.type == "Patient" else None


def _uri_writer(parameter: Parameter) -> _Writer:
    start = keys.entry(parameter.name, "")

    def write(nodes: list[Node], situation: _Situation) -> None:
        values = [value for node in nodes for value in uri_values(node)]
        situation.into.s += _unique(start + value for value in values) or [start]

    return write


def _string_writer(parameter: Parameter) -> _Writer:
    start = keys.entry(parameter.name, "")
    exact = keys.entry(keys.name(parameter.resource_type, parameter.code, "exact"), "")
    sort_field = f"{parameter.resource_type}_{parameter.code}" if parameter.code in keys.SORTABLE else None

    def write(nodes: list[Node], situation: _Situation) -> None:
        originals = [text for node in nodes for text in texts(node)]
        whole = [text for node in nodes for text in joined_texts(node)]
        folded = [each for text in originals + whole if (each := fold(text)[: keys.LONGEST])]
        into = situation.into
        into.n += _unique(start + each for each in folded) or [start]
        into.n += _unique(exact + keys.exact_value(text) for text in originals)
        if sort_field and folded:
            into.o[sort_field] = f"{min(folded)}\0{situation.id}"

    return write


def _date_writer(parameter: Parameter) -> _Writer:
    name = parameter.name

    def write(nodes: list[Node], situation: _Situation) -> None:
        for node in nodes:
            found = stretch(node)
            if found is not None:
                situation.into.d.append({"k": name, "l": found[0], "h": found[1]})

    return write


def _write_clinical(nodes: list[Node], situation: _Situation) -> None:
    found = stretch(nodes[0])
    if found is not None:
        situation.into.k, situation.into.h = found


def _amount_writer(parameter: Parameter) -> _Writer:
    name = parameter.name

    def write(nodes: list[Node], situation: _Situation) -> None:
        situation.into.q += _amounts(name, nodes)

    return write


def _amounts(name: str, nodes: list[Node]) -> list[dict[str, Any]]:
    found: dict[tuple[str, Decimal], None] = {}
    for node in nodes:
        for suffix, number in amounts(node):
            found[name + suffix, number] = None
    return [{"k": key, "v": number} for key, number in found]


def _composite_writer(parameter: Parameter) -> _Writer | None:
    """Code with quantity in one element; those of several elements together are read from their parts."""
    if [part.type for part in parameter.components] != ["token", "quantity"] or "|" in parameter.expression:
        return None
    paths = [compile_path(part.expression) for part in parameter.components]
    code, value = paths
    if isinstance(code, Problems) or isinstance(value, Problems):
        return None

    def write(nodes: list[Node], situation: _Situation) -> None:
        for node in nodes:
            measured = value.evaluate_node(node)
            for token in _full_tokens(code.evaluate_node(node)) if measured else ():
                situation.into.q += _amounts(keys.composite_name(parameter.name, token), measured)

    return write


def _full_tokens(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        for system, code in tokens(node, {}):
            yield keys.token_value(system or "", code)


def _unique(values: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(values))


_WRITERS: dict[str, Callable[[Parameter], _Writer]] = {
    "token": _token_writer,
    "reference": _reference_writer,
    "uri": _uri_writer,
    "string": _string_writer,
    "date": _date_writer,
    "number": _amount_writer,
    "quantity": _amount_writer,
}
