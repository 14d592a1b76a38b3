"""A resource -> its index entries. The form of every entry stands in `boshi.fhir.search.keys`."""

from functools import cache
from typing import NamedTuple

from boshi.fhir.outcome import Problems, Resource
from boshi.fhir.path import EvaluationError, Path, compile_path
from boshi.fhir.path.parser import parse
from boshi.fhir.path.roots import root_properties
from boshi.fhir.search.catalogue import stored_parameters
from boshi.fhir.search.writers import IndexEntries, Situation, Writer, writer

__all__ = ["IndexEntries", "index_entries"]


class _Extractor(NamedTuple):
    path: Path
    write: Writer


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
    situation = Situation(found, str(resource.get("id", "")), tuple(base.rstrip("/") for base in bases))
    for path, write in _chosen(resource, resource_type):
        try:
            nodes = path.evaluate(resource)
        except EvaluationError:
            continue
        if nodes:
            write(nodes, situation)
    if resource_type == "Patient":
        found.p = situation.id or None
    return found


def _chosen(resource: Resource, resource_type: str) -> list[_Extractor]:
    """The extractors that can find something in this resource, in the catalogue's order."""
    plan = _plan(resource_type)
    numbers = set(plan.always)
    for name in resource:
        numbers.update(plan.by_property.get(name, ()))
    return [plan.extractors[number] for number in sorted(numbers)]


@cache
def _plan(resource_type: str) -> _Plan:
    extractors: list[_Extractor] = []
    by_property: dict[str, list[int]] = {}
    always: list[int] = []
    for parameter in stored_parameters(resource_type):
        write = writer(parameter)
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
