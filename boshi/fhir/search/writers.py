"""What each type of search parameter writes for the nodes it finds (R4 §3.1.1.4)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from boshi.fhir.outcome import Problems
from boshi.fhir.path import Node, compile_path
from boshi.fhir.references import parse_reference
from boshi.fhir.search import keys
from boshi.fhir.search.catalogue import Parameter, patient_link
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


class Situation(NamedTuple):
    """What a writer needs besides the nodes: where to put entries, the resource's id, our base URLs."""

    into: IndexEntries
    id: str
    bases: tuple[str, ...]


Writer: TypeAlias = Callable[[list[Node], Situation], None]


def writer(parameter: Parameter) -> Writer | None:
    """What writes the entries of a parameter; None for a type that is not indexed (special, most composites)."""
    if parameter.type == "date" and parameter.clinical:
        return _write_clinical
    if parameter.type == "composite":
        return _composite_writer(parameter)
    make = _BY_TYPE.get(parameter.type)
    return make(parameter) if make else None


def _token_writer(parameter: Parameter) -> Writer:
    start = keys.entry(parameter.name, "")
    systems = implied_systems(parameter.resource_type, parameter.expression)
    selective = parameter.code in keys.SELECTIVE

    def write(nodes: list[Node], situation: Situation) -> None:
        pairs = [pair for node in nodes for pair in tokens(node, systems)]
        found = _unique(start + value for pair in pairs for value in keys.token_values(*pair))
        situation.into.s += found or [start]
        if selective:
            situation.into.c += _unique(start + keys.token_value(None, code) for _, code in pairs)

    return write


def _reference_writer(parameter: Parameter) -> Writer:
    start = keys.entry(parameter.name, "")
    identified = keys.entry(keys.name(parameter.resource_type, parameter.code, "identifier"), "")
    link = patient_link(parameter.resource_type)
    is_link = link is not None and link.storage == parameter.storage

    def write(nodes: list[Node], situation: Situation) -> None:
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


def _uri_writer(parameter: Parameter) -> Writer:
    start = keys.entry(parameter.name, "")

    def write(nodes: list[Node], situation: Situation) -> None:
        values = [value for node in nodes for value in uri_values(node)]
        situation.into.s += _unique(start + value for value in values) or [start]

    return write


def _string_writer(parameter: Parameter) -> Writer:
    start = keys.entry(parameter.name, "")
    exact = keys.entry(keys.name(parameter.resource_type, parameter.code, "exact"), "")
    sort_field = f"{parameter.resource_type}_{parameter.code}" if parameter.code in keys.SORTABLE else None

    def write(nodes: list[Node], situation: Situation) -> None:
        originals = [text for node in nodes for text in texts(node)]
        whole = [text for node in nodes for text in joined_texts(node)]
        folded = [each for text in originals + whole if (each := fold(text)[: keys.LONGEST])]
        into = situation.into
        into.n += _unique(start + each for each in folded) or [start]
        into.n += _unique(exact + keys.exact_value(text) for text in originals)
        if sort_field and folded:
            into.o[sort_field] = f"{min(folded)}\0{situation.id}"

    return write


def _date_writer(parameter: Parameter) -> Writer:
    name = parameter.name

    def write(nodes: list[Node], situation: Situation) -> None:
        for node in nodes:
            found = stretch(node)
            if found is not None:
                situation.into.d.append({"k": name, "l": found[0], "h": found[1]})

    return write


def _write_clinical(nodes: list[Node], situation: Situation) -> None:
    found = stretch(nodes[0])
    if found is not None:
        situation.into.k, situation.into.h = found


def _amount_writer(parameter: Parameter) -> Writer:
    name = parameter.name

    def write(nodes: list[Node], situation: Situation) -> None:
        situation.into.q += _amounts(name, nodes)

    return write


def _amounts(name: str, nodes: list[Node]) -> list[dict[str, Any]]:
    found: dict[tuple[str, Decimal], None] = {}
    for node in nodes:
        for suffix, number in amounts(node):
            found[name + suffix, number] = None
    return [{"k": key, "v": number} for key, number in found]


def _composite_writer(parameter: Parameter) -> Writer | None:
    """Code with quantity in one element; those of several elements together are read from their parts."""
    if [part.type for part in parameter.components] != ["token", "quantity"] or "|" in parameter.expression:
        return None
    paths = [compile_path(part.expression) for part in parameter.components]
    code, value = paths
    if isinstance(code, Problems) or isinstance(value, Problems):
        return None

    def write(nodes: list[Node], situation: Situation) -> None:
        for node in nodes:
            measured = value.evaluate_node(node)
            for token in _full_tokens(code.evaluate_node(node)) if measured else ():
                situation.into.q += _amounts(keys.composite_name(parameter.name, token), measured)

    return write


def _full_tokens(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        for system, code in tokens(node, {}):
            yield keys.token_value(system or "", code)


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


_BY_TYPE: Final[dict[str, Callable[[Parameter], Writer]]] = {
    "token": _token_writer,
    "reference": _reference_writer,
    "uri": _uri_writer,
    "string": _string_writer,
    "date": _date_writer,
    "number": _amount_writer,
    "quantity": _amount_writer,
}
