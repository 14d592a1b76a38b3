"""The gate every resource passes before it is written: structure, 個人番号, then its index entries."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec
from bson.decimal128 import Decimal128, create_decimal128_context

from boshi.fhir.outcome import Issue, Resource, error, has_error
from boshi.fhir.references import local_key, references
from boshi.fhir.search.entries import index_entries
from boshi.fhir.structure import check_structure
from boshi.profiles.my_number import find_my_numbers
from boshi.server.refusal import Refused

_SORTED: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_SERVER_OWNED: Final = ("versionId", "lastUpdated")
_DECIMAL128: Final = create_decimal128_context()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a town's gate is told: the base URLs that are its own, the systems of other 12-digit numbers."""

    bases: tuple[str, ...] = ()
    other_number_systems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A resource that may be written.

    `resource` lacks what the server sets (meta.versionId, meta.lastUpdated). `digest` is of its content, whatever
    the order of names. `entries` are the index fields of storage.md. `references` are the keys ("Patient/abc") of
    this town's resources that must exist. `size` is about the bytes of its body.
    """

    type: str
    id: str
    resource: Resource
    digest: bytes
    entries: Mapping[str, Any]
    references: frozenset[str]
    identifiers: frozenset[str]
    size: int

    @property
    def key(self) -> str:
        """`Type/id`."""
        return f"{self.type}/{self.id}"


def admit(resource: Resource, rules: Rules = Rules()) -> Admitted:
    """The resource (with its id) as it will be written.

    Refused 400 when its structure is wrong, 422 when it holds a 個人番号 or a number that cannot be indexed.
    """
    _refuse(400, check_structure(resource))
    _refuse(422, find_my_numbers(resource, rules.other_number_systems))
    content = without_server_meta(resource)
    encoded = _SORTED.encode(content)
    return Admitted(
        type=resource["resourceType"],
        id=resource["id"],
        resource=content,
        digest=hashlib.blake2b(encoded, digest_size=16).digest(),
        entries=_entries(content, rules.bases),
        references=frozenset(_local_keys(content, rules.bases)),
        identifiers=identifier_values(content),
        size=len(encoded),
    )


def without_server_meta(resource: Resource) -> Resource:
    """The resource without meta.versionId and meta.lastUpdated, and without a meta that held nothing else."""
    meta = resource.get("meta")
    if meta is None:
        return resource
    kept = {name: value for name, value in meta.items() if name not in _SERVER_OWNED}
    if kept:
        return {**resource, "meta": kept}
    return {name: value for name, value in resource.items() if name != "meta"}


def identifier_values(resource: Resource) -> frozenset[str]:
    """The values of the resource's own identifiers."""
    held = resource.get("identifier", [])
    identifiers = held if isinstance(held, list) else [held]
    return frozenset(identifier["value"] for identifier in identifiers if "value" in identifier)


def _refuse(status: int, issues: Iterable[Issue]) -> None:
    found = list(issues)
    if has_error(found):
        raise Refused(status, found)


def _local_keys(resource: Resource, bases: tuple[str, ...]) -> Iterable[str]:
    for _, holder in references(resource):
        key = local_key(holder["reference"], bases)
        if key is not None:
            yield key


def _entries(resource: Resource, bases: tuple[str, ...]) -> dict[str, Any]:
    found = index_entries(resource, bases=bases)
    fields: dict[str, Any] = {
        name: value for name in "spckhdno" if (value := getattr(found, name)) not in (None, [], {})
    }
    if found.q:
        fields["q"] = [{"k": amount["k"], "v": _storable(amount["v"], amount["k"])} for amount in found.q]
    return fields


def _storable(number: Decimal, name: str) -> Decimal128:
    if len(number.as_tuple().digits) <= _DECIMAL128.prec and -6143 <= number.adjusted() <= 6144:
        return Decimal128(number)
    parameter = name.split("|", 1)[0].split(":", 1)[0]
    raise Refused(422, [error(
        "value",
        f"{number:.6E} is beyond 34 digits or an exponent of 6,144, so {parameter} cannot be searched. Shorten it.",
        f"{number:.6E} は 34 桁または指数 6144 を超え、{parameter} で検索できません。桁数を減らしてください。",
        parameter.split(".", 1)[0],
    )])  # fmt: skip
