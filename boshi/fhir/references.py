"""References inside a resource: to find, to understand and to rewrite them (R4 §2.3.0, §3.1.0.11.2)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

import msgspec

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Resource
from boshi.fhir.type_model import children, is_kind_of

Kind: TypeAlias = Literal["relative", "absolute", "urn", "contained", "conditional", "other"]

_REST: Final = re.compile(
    r"(?:(?P<base>https?://[^\s#?]+?)/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9\-.]{1,64}))?(?:#.*)?",
    re.ASCII,
)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_MEMBER: Final = b'"reference":'
_LINK: Final = re.compile(r"""(\s(?:href|src)\s*=\s*)(["'])(.*?)\2""", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedReference:
    """What the text of a reference says. `base`, `type`, `id`, `version` are given where the text has them.

    kind: relative `Patient/1`; absolute `http://…/Patient/1`; urn `urn:uuid:…`; contained `#p1`; conditional
    `Patient?identifier=…`; other: anything else, such as a web page.
    """

    kind: Kind
    text: str
    type: str | None = None
    id: str | None = None
    version: str | None = None
    base: str | None = None

    @property
    def key(self) -> str | None:
        """`Patient/1` without base and version, or None if it names no resource."""
        return f"{self.type}/{self.id}" if self.id else None


def parse_reference(text: str) -> ParsedReference:
    """Classifies the text of Reference.reference."""
    return _parsed(text) if len(text) <= _REMEMBERED else _parse(text)


def _parse(text: str) -> ParsedReference:
    if text.startswith("#"):
        return ParsedReference("contained", text, id=None)
    if text.startswith("urn:"):
        return ParsedReference("urn", text)
    match = _REST.fullmatch(text)
    if match is not None and match["type"] in definitions().types:
        kind: Kind = "absolute" if match["base"] else "relative"
        return ParsedReference(kind, text, match["type"], match["id"], match["version"], match["base"])
    type_name, mark, _ = text.partition("?")
    if mark and definitions().is_resource(type_name):
        return ParsedReference("conditional", text, type_name)
    return ParsedReference("other", text)


_REMEMBERED: Final = 100
"""Longest text that is remembered: the records of one person refer to the same few resources."""
_parsed: Final = lru_cache(4096)(_parse)


def local_key(text: str, bases: tuple[str, ...] = ()) -> str | None:
    """`Patient/1` if the reference points into this server: relative, or absolute with one of `bases`."""
    parsed = parse_reference(text)
    if parsed.kind == "relative":
        return parsed.key
    if parsed.kind == "absolute" and parsed.base in {base.rstrip("/") for base in bases}:
        return parsed.key
    return None


def references(resource: Resource) -> Iterator[tuple[str, Resource]]:
    """(path, holder) of every Reference with a `reference`, e.g. ("Observation.subject", {"reference": …}).

    Also in extensions and contained resources; not in the resources of a Bundle's entries or of Parameters.
    Canonicals and uris are no references.
    """
    type_name = resource.get("resourceType")
    if isinstance(type_name, str):
        yield from _found(_referring(resource), type_name, type_name)


def rewrite(resource: Resource, mapping: Mapping[str, str]) -> Resource:
    """A copy with every link that is a key of `mapping` replaced: `{"urn:uuid:…": "Patient/1"}`.

    Replaced are Reference.reference, elements of type uri, url, oid and uuid, and href and src in narratives,
    never canonicals, identifiers' values or other strings. `#fragment` or `/_history/n` behind a key is kept.
    """
    type_name = resource.get("resourceType")
    copy: Resource = _rewritten(resource, type_name if isinstance(type_name, str) else "", mapping)
    return copy


def _referring(resource: Resource) -> Resource:
    """The elements that hold a reference somewhere: to write an element as JSON is quicker than to walk it."""
    return {
        name: value
        for name, value in resource.items()
        if isinstance(value, dict | list) and _MEMBER in _ENCODER.encode(value)
    }


def _found(holder: Resource, type_name: str, path: str) -> Iterator[tuple[str, Resource]]:
    if type_name == "Reference" and isinstance(holder.get("reference"), str):
        yield path, holder
    types = children(type_name)
    for name, value in holder.items():
        if isinstance(value, dict):
            yield from _found_in(value, types.get(name), name, f"{path}.{name}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from _found_in(item, types.get(name), name, f"{path}.{name}[{index}]")


def _found_in(value: Resource, type_name: str | None, name: str, path: str) -> Iterator[tuple[str, Resource]]:
    if type_name == "Resource":
        type_name = value.get("resourceType") if name == "contained" else None
    if isinstance(type_name, str):
        yield from _found(value, type_name, path)


def _rewritten(value: Any, type_name: str, mapping: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_rewritten(item, type_name, mapping) for item in value]
    if isinstance(value, dict):
        own = value.get("resourceType")
        types = children(own if isinstance(own, str) else type_name)
        copy = {name: _rewritten(item, types.get(name, ""), mapping) for name, item in value.items()}
        if type_name == "Reference" and isinstance(value.get("reference"), str):
            copy["reference"] = _replaced(value["reference"], mapping)
        return copy
    if isinstance(value, str):
        return _rewritten_text(value, type_name, mapping)
    return value


def _rewritten_text(text: str, type_name: str, mapping: Mapping[str, str]) -> str:
    if type_name == "xhtml":
        return _LINK.sub(lambda link: f"{link[1]}{link[2]}{_replaced(link[3], mapping)}{link[2]}", text)
    if type_name and type_name != "canonical" and is_kind_of(type_name, "uri"):
        return _replaced(text, mapping)
    return text


def _replaced(text: str, mapping: Mapping[str, str]) -> str:
    if text in mapping:
        return mapping[text]
    for mark in ("#", "/_history/"):
        link, found, rest = text.partition(mark)
        if found and link in mapping:
            return mapping[link] + found + rest
    return text
