"""A resource -> its index entries. The form of every entry stands in `boshi.fhir.search.keys`."""

from functools import lru_cache
from typing import Any, NamedTuple

from boshi.fhir.familiar import Familiar, encoded
from boshi.fhir.outcome import Resource
from boshi.fhir.path import EvaluationError, Node
from boshi.fhir.search.plans import Group, groups
from boshi.fhir.search.writers import IndexEntries, Situation

__all__ = ["IndexEntries", "index_entries"]


class _Part(NamedTuple):
    """What a group writes for certain values: items of the lists, and values of the scalars, by field."""

    items: tuple[tuple[str, tuple[Any, ...]], ...]
    scalars: tuple[tuple[str, Any], ...]


def index_entries(resource: Resource, *, bases: tuple[str, ...] = ()) -> IndexEntries:
    """The index entries of a resource that passed the structure check.

    `bases` are our own base URLs: an absolute reference with one of them is kept as a relative one. Where
    data does not fit a parameter's expression, that parameter has no entry; others still find the resource.
    """
    resource_type = resource["resourceType"]
    found = IndexEntries(c=[resource_type])
    situation = Situation(found, str(resource.get("id", "")), tuple(base.rstrip("/") for base in bases))
    remembered = None if "contained" in resource else _remembered(situation.bases)
    root = Node(resource, resource_type)
    for group in groups(resource_type, tuple(resource)):
        if group.mark and remembered is not None:
            _write_remembered(group, root, situation, remembered)
        else:
            _write(group, root, situation)
    if resource_type == "Patient":
        found.p = situation.id or None
    return found


@lru_cache(8)
def _remembered(bases: tuple[str, ...]) -> Familiar[_Part]:  # noqa: ARG001
    """What groups wrote for values they met before, by the group's mark and the values' JSON."""
    return Familiar()


def _write(group: Group, root: Node, situation: Situation) -> None:
    for find, write in group.extractors:
        try:
            nodes = find(root)
        except EvaluationError:
            continue
        if nodes:
            write(nodes, situation)


def _write_remembered(group: Group, root: Node, situation: Situation, remembered: Familiar[_Part]) -> None:
    resource, names = root.value, group.properties
    values = resource[names[0]] if len(names) == 1 else [resource[name] for name in names]
    key = group.mark + encoded(values)
    part = remembered.get(key)
    if part is None:
        own = situation._replace(into=IndexEntries())
        _write(group, root, own)
        part = _part(own.into)
        if not own.into.o:
            remembered.keep(key, part)
        situation.into.o.update(own.into.o)
    into = situation.into
    for field, items in part.items:
        getattr(into, field).extend(items)
    for field, value in part.scalars:
        setattr(into, field, value)


def _part(written: IndexEntries) -> _Part:
    return _Part(
        tuple((field, tuple(items)) for field in "scdqn" if (items := getattr(written, field))),
        tuple((field, value) for field in "pkh" if (value := getattr(written, field)) is not None),
    )
