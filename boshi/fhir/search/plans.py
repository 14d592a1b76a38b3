"""Which search parameters can find something in a resource that has certain properties."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final, NamedTuple

from boshi.fhir.outcome import Problems
from boshi.fhir.path import Node, Path, compile_path
from boshi.fhir.path.node import children_named
from boshi.fhir.path.parser import parse
from boshi.fhir.path.roots import root_properties
from boshi.fhir.search.catalogue import Parameter, stored_parameters
from boshi.fhir.search.writers import Writer, writer
from boshi.fhir.type_model import access, children

_REPEATING: Final = frozenset(
    ("Meta", "CodeableConcept", "Coding", "Reference", "Period", "Quantity")
) | frozenset(("code", "boolean", "date", "dateTime", "instant", "integer", "decimal", "uri", "canonical"))
"""Types whose values many resources share, as elements with parts do. Names, addresses, telephone numbers,
identifiers and texts are a person's own, and are not remembered."""


class Extractor(NamedTuple):
    """One parameter: what finds its values in a resource, and what writes their entries."""

    find: Callable[[Node], list[Node]]
    write: Writer


class Group(NamedTuple):
    """Parameters that read the same properties of a resource, all of which it has.

    `mark` tells the group from every other one; it is empty where the values are not worth remembering.
    """

    extractors: tuple[Extractor, ...]
    properties: tuple[str, ...]
    mark: bytes


class _Reach(NamedTuple):
    """What a parameter reads, and what of it must stand for there to be anything; None if that is not known."""

    reads: frozenset[str] | None
    needs: frozenset[str] | None


@lru_cache(1024)
def groups(resource_type: str, properties: tuple[str, ...]) -> tuple[Group, ...]:
    """The groups that can find something in a resource with these properties, in the catalogue's order."""
    held = frozenset(properties)
    return tuple(
        _group(resource_type, number, reach, extractors, held)
        for number, (reach, extractors) in enumerate(_extractors(resource_type))
        if reach.needs is None or not reach.needs.isdisjoint(held)
    )


def _group(
    resource_type: str,
    number: int,
    reach: _Reach,
    extractors: tuple[Extractor, ...],
    held: frozenset[str],
) -> Group:
    if reach.reads is None:
        return Group(extractors, (), b"")
    properties = tuple(sorted(reach.reads & held))
    repeating = all(_repeats(resource_type, name) for name in properties)
    return Group(
        extractors,
        properties,
        f"{resource_type} {number} {' '.join(properties)}\0".encode() if repeating else b"",
    )


def _repeats(resource_type: str, name: str) -> bool:
    type_name = children(resource_type).get(name, "")
    return type_name in _REPEATING or f"{resource_type}.{name}" == type_name


@cache
def _extractors(resource_type: str) -> tuple[tuple[_Reach, tuple[Extractor, ...]], ...]:
    found: dict[_Reach, list[Extractor]] = {}
    for parameter in stored_parameters(resource_type):
        write = writer(parameter)
        path = compile_path(parameter.expression)
        if write is not None and not isinstance(path, Problems):
            found.setdefault(_reach(parameter), []).append(Extractor(_finder(parameter, path), write))
    return tuple((reach, tuple(extractors)) for reach, extractors in found.items())


def _finder(parameter: Parameter, path: Path) -> Callable[[Node], list[Node]]:
    """The path; where it is no more than an element of the resource, without what other expressions need."""
    holder, _, name = parameter.expression.partition(".")
    properties = access(parameter.resource_type, name)
    if holder == parameter.resource_type and properties:
        return lambda root: children_named(root, properties)
    return path.evaluate_node


def _reach(parameter: Parameter) -> _Reach:
    """A composite of the resource itself reads its parts, and needs the last: a code alone measures nothing."""
    if "%" in parameter.expression:
        return _Reach(None, None)
    if parameter.type == "composite" and parameter.expression == parameter.resource_type:
        parts = [
            _properties(parameter, f"{parameter.resource_type}.{part.expression}")
            for part in parameter.components
        ]
        known = [part for part in parts if part is not None]
        return _Reach(frozenset().union(*known) if len(known) == len(parts) else None, parts[-1])
    read = _properties(parameter, parameter.expression)
    return _Reach(read, read)


def _properties(parameter: Parameter, expression: str) -> frozenset[str] | None:
    return root_properties(parse(expression), parameter.resource_type)
