"""The gate every resource passes before it is written: structure, 個人番号, then its index entries."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import bson
import msgspec
from bson.decimal128 import Decimal128, create_decimal128_context

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Issue, Resource, error, has_error
from boshi.fhir.reference_forms import misformed
from boshi.fhir.references import local_key, references
from boshi.fhir.search.entries import index_entries
from boshi.fhir.structure import check_structure
from boshi.profiles.my_number import find_my_numbers
from boshi.server.refusal import Refused

REFERENCE: Final = "@"
"""Before the key of every resource a resource refers to, in `s`, whichever element holds the reference."""
WITNESSES: Final = frozenset({"Provenance", "AuditEvent"})
"""Types that tell what happened to a resource: they do not hold it back from being deleted, and outlive it."""

_LEADING: Final = frozenset({"resourceType", "id", "meta"})
_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_SORTED: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_SERVER_OWNED: Final = ("versionId", "lastUpdated")
_DECIMAL128: Final = create_decimal128_context()
_NUMBERS: Final[dict[str, Decimal128]] = {}
_MOST_NUMBERS: Final = 4096
"""Measured values and doses come again and again, and making a Decimal128 takes 5 µs; 4,096 take 1 MB."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a town's gate is told: the base URLs that are its own, the systems of other 12-digit numbers."""

    bases: tuple[str, ...] = ()
    other_number_systems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A resource that may be written, encoded once: it travels between processes and into the database as it is.

    `head` and `tail` are the body around the server's own meta (versionId, lastUpdated). `digest` is of its content,
    whatever the order of names. `index` is the BSON document of the index fields of storage.md. `references` are the
    keys ("Patient/abc") of this town's resources that must exist.
    """

    key: str
    digest: bytes
    head: bytes
    tail: bytes
    index: bytes
    references: frozenset[str]
    identifiers: frozenset[str]

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.key.split("/", 1)[0]

    @property
    def id(self) -> str:
        """The resource's id."""
        return self.key.split("/", 1)[1]

    @property
    def size(self) -> int:
        """About the bytes of its body."""
        return len(self.head) + len(self.tail)

    @property
    def resource(self) -> Resource:
        """The resource without the server's meta, decoded anew."""
        return without_server_meta(_DECODER.decode(self.body(0, "")))

    def body(self, version: int, updated: str) -> bytes:
        """The bytes that every read answers: the resource as this version, last updated at this instant."""
        return b'%s"versionId":"%d","lastUpdated":"%s"%s' % (self.head, version, updated.encode(), self.tail)


def admit(resource: Resource, rules: Rules = Rules()) -> Admitted:
    """The resource (with its id) as it will be written.

    Refused 400 when its structure or the form of a reference is wrong, 422 when it holds a 個人番号 or a number that
    cannot be indexed.
    """
    _refuse(400, check_structure(resource))
    _refuse(422, find_my_numbers(resource, rules.other_number_systems))
    content = without_server_meta(resource)
    links = list(references(content))
    _refuse(400, list(misformed(content, links)))
    head, tail = _around_server_meta(content)
    referred = frozenset(_local_keys(links, rules.bases))
    return Admitted(
        key=f"{resource['resourceType']}/{resource['id']}",
        digest=hashlib.blake2b(_SORTED.encode(content), digest_size=16).digest(),
        head=head,
        tail=tail,
        index=bson.encode(_entries(content, rules.bases, referred)),
        references=referred,
        identifiers=identifier_values(content),
    )


def _around_server_meta(content: Resource) -> tuple[bytes, bytes]:
    """The JSON before and after `"versionId":…,"lastUpdated":…`, which lead the meta of every body."""
    rest = {name: value for name, value in content.items() if name not in _LEADING}
    meta, others = encode(content.get("meta", {})), encode(rest)
    head = encode({"resourceType": content["resourceType"], "id": content["id"]})[:-1] + b',"meta":{'
    return head, _following(meta) + _following(others)


def _following(members: bytes) -> bytes:
    """The members of an encoded object and its end, to be written after other members."""
    return members[1:] if members == b"{}" else b"," + members[1:]


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


def _refuse(status: int, found: Sequence[Issue]) -> None:
    if found and has_error(found):
        raise Refused(status, list(found))


def _local_keys(links: Sequence[tuple[str, Resource]], bases: tuple[str, ...]) -> Iterable[str]:
    for _, holder in links:
        key = local_key(holder["reference"], bases)
        if key is not None:
            yield key


def _entries(resource: Resource, bases: tuple[str, ...], referred: frozenset[str]) -> dict[str, Any]:
    found = index_entries(resource, bases=bases)
    if resource["resourceType"] not in WITNESSES:
        found.s.extend(REFERENCE + key for key in sorted(referred))
    fields: dict[str, Any] = {
        name: value for name in "spckhdno" if (value := getattr(found, name)) not in (None, [], {})
    }
    if found.q:
        fields["q"] = [{"k": amount["k"], "v": _number(amount["v"], amount["k"])} for amount in found.q]
    return fields


def _number(number: Decimal, name: str) -> Decimal128:
    """The number as MongoDB keeps it; remembered by its text, since equal numbers may differ in precision."""
    text = str(number)
    kept = _NUMBERS.get(text)
    if kept is None:
        kept = _storable(number, name)
        if len(_NUMBERS) >= _MOST_NUMBERS:
            _NUMBERS.clear()
        _NUMBERS[text] = kept
    return kept


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
