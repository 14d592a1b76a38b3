"""A resource -> its index entries. The form of every entry stands in `boshi.fhir.search.keys`."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from boshi.fhir.outcome import Resource
from boshi.fhir.path import EvaluationError
from boshi.fhir.search.plans import Group, groups
from boshi.fhir.search.writers import IndexEntries, Situation

__all__ = ["IndexEntries", "index_entries"]

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_MOST: Final = 2048
"""Values remembered: the codes, dates and references of some hundred rows of a file, at most 3 MB."""
_LONGEST: Final = 512
"""Bytes of JSON that are remembered; what is longer seldom comes twice."""
_OWN: Final = b'"identifier"'
"""A reference with an identifier tells who a person is, and is not kept."""


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
    for group in groups(resource_type, tuple(resource)):
        if group.mark and remembered is not None:
            _write_remembered(group, resource, situation, remembered)
        else:
            _write(group, resource, situation)
    if resource_type == "Patient":
        found.p = situation.id or None
    return found


@lru_cache(8)
def _remembered(bases: tuple[str, ...]) -> dict[bytes, _Part]:  # noqa: ARG001
    """What groups wrote for values they met before, by the group's mark and the values' JSON."""
    return {}


def _write(group: Group, resource: Resource, situation: Situation) -> None:
    for path, write in group.extractors:
        try:
            nodes = path.evaluate(resource)
        except EvaluationError:
            continue
        if nodes:
            write(nodes, situation)


def _write_remembered(
    group: Group, resource: Resource, situation: Situation, remembered: dict[bytes, _Part]
) -> None:
    names = group.properties
    values = resource[names[0]] if len(names) == 1 else [resource[name] for name in names]
    key = group.mark + _ENCODER.encode(values)
    part = remembered.get(key)
    if part is None:
        own = situation._replace(into=IndexEntries())
        _write(group, resource, own)
        part = _part(own.into)
        if len(key) <= _LONGEST and _OWN not in key and not own.into.o:
            if len(remembered) >= _MOST:
                remembered.clear()
            remembered[key] = part
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
