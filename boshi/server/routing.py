"""The one table of what is served: it routes requests and Bundle entries, and feeds /metadata."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Issue, error
from boshi.server.call import Handler
from boshi.server.interactions import (
    batch,
    capabilities,
    create,
    delete,
    history_instance,
    read,
    search_type,
    transaction,
    update,
    vread,
)
from boshi.server.refusal import Refused


@dataclass(frozen=True, slots=True)
class Routed:
    """One interaction: its code in CapabilityStatement, and where below the base it is answered.

    `bundle_type` tells apart the interactions that share one address by the Bundle they get.
    """

    interaction: str
    method: str
    template: str
    handle: Handler
    bundle_type: str = ""


TABLE: Final[tuple[Routed, ...]] = (
    Routed("read", "GET", "{type}/{id}", read.read),
    Routed("vread", "GET", "{type}/{id}/_history/{version}", vread.vread),
    Routed("history-instance", "GET", "{type}/{id}/_history", history_instance.history_instance),
    Routed("update", "PUT", "{type}/{id}", update.update),
    Routed("delete", "DELETE", "{type}/{id}", delete.delete),
    Routed("create", "POST", "{type}", create.create),
    Routed("search-type", "GET", "{type}", search_type.search_by_get),
    Routed("search-type", "POST", "{type}/_search", search_type.search_by_post),
    Routed("transaction", "POST", "", transaction.transaction, bundle_type="transaction"),
    Routed("batch", "POST", "", batch.batch, bundle_type="batch"),
    Routed("capabilities", "GET", "metadata", capabilities.capabilities),
)


_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Match:
    """Where a path leads: the interactions there by method, and what the path names."""

    template: str
    methods: Mapping[str, tuple[Routed, ...]]
    values: Mapping[str, str]


class Routes:
    """Finds the row of a path in one step: by the words in it that are fixed, and their places."""

    def __init__(self, table: Iterable[Routed] = TABLE) -> None:
        self.table = tuple(table)
        self._types = frozenset(definitions().resource_types)
        self._by_shape: dict[tuple[str, ...], tuple[str, dict[str, tuple[Routed, ...]]]] = {}
        for row in self.table:
            shape = tuple(_ANY if part.startswith("{") else part for part in _parts(row.template))
            _, methods = self._by_shape.setdefault(shape, (row.template, {}))
            methods[row.method] = (*methods.get(row.method, ()), row)
        self._words = {part for shape in self._by_shape for part in shape} - {_ANY}

    def match(self, path: str) -> Match:
        """The match of a path below the base (no slash at either end). 404 where nothing is."""
        parts = _parts(path)
        found = self._by_shape.get(tuple(part if part in self._words else _ANY for part in parts))
        if found is None or "" in parts:
            raise Refused(404, [_no_such_address(path, self._templates())])
        template, methods = found
        names = _parts(template)
        values = {name[1:-1]: part for name, part in zip(names, parts, strict=True) if name.startswith("{")}
        if values and values["type"] not in self._types:
            raise Refused(404, [unknown_type(values["type"], self._types)])
        return Match(template, methods, values)

    def find(self, method: str, path: str) -> tuple[Match, tuple[Routed, ...]]:
        """The match and the rows for `method` (HEAD as GET). 405 with Allow where there is none."""
        match = self.match(path)
        rows = match.methods.get("GET" if method == "HEAD" else method)
        if rows is None:
            raise method_not_allowed(method, match.template, match.methods)
        return match, rows

    def _templates(self) -> list[str]:
        return sorted({f"{row.method} /{row.template}" for row in self.table})


def _parts(path: str) -> list[str]:
    return path.split("/") if path else []


def unknown_type(name: str, known: Iterable[str]) -> Issue:
    """The issue for a resource type that R4 does not have, with the names that come near."""
    near = get_close_matches(name[:64], known, n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else " Types are written as in Patient, Observation."
    hint_ja = f"{'、'.join(near)} ではありませんか。" if near else "Patient、Observation のように書きます。"
    return error(
        "not-supported",
        f"{name[:64]!r} is not a resource type of FHIR R4.{hint}",
        f"{name[:64]!r} は FHIR R4 のリソース型ではありません。{hint_ja}",
    )


def method_not_allowed(method: str, template: str, methods: Iterable[str]) -> Refused:
    """405 with the Allow header, for a path that knows other methods."""
    allowed = sorted({*methods, *(("HEAD",) if "GET" in methods else ())})
    told = ", ".join(allowed)
    return Refused(405, [error(
        "not-supported",
        f"{method[:16]} is not offered at /{template}; offered: {told}. See metadata for all interactions.",
        f"/{template} で {method[:16]} は使えません。使えるのは {told} です。全体は metadata を見てください。",
    )], {"allow": told})  # fmt: skip


def _no_such_address(path: str, templates: list[str]) -> Issue:
    return error(
        "not-found",
        f"Nothing is served at /{path[:100]}. Below the base there is: {'; '.join(templates)}.",
        f"/{path[:100]} には何もありません。ベースの下にあるもの: {'; '.join(templates)}。",
    )
