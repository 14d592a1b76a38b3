"""What goes into the repository and what comes out: changes, stored versions, what was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from boshi.fhir.outcome import Resource
from boshi.fhir.search.criteria import Search
from boshi.server.refusal import Refused


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a resource as it is stored. `body` is what a read answers, b"" where it was deleted."""

    type: str
    id: str
    version: int
    updated: datetime
    body: bytes
    deleted: bool
    method: str


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of one write. An identical update makes no version: `changed` is False."""

    stored: Stored
    created: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Create:
    """A new resource. It keeps an `id` that it brings (the caller made it unique), else it is given one.

    With `if_none_exist`, nothing is written when one resource matches. In a transaction, references to `full_url`
    (of this or any other change) are rewritten to the id that it has in the end.
    """

    resource: Resource
    if_none_exist: Search | None = None
    full_url: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """The resource with this id becomes this one; it is created where it was not there.

    `if_match` 0 says that it must not exist.
    """

    resource: Resource
    if_match: int | None = None
    full_url: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """The resource leaves a tombstone. One that never existed is no change."""

    type: str
    id: str
    if_match: int | None = None


@dataclass(frozen=True, slots=True)
class DeskPut:
    """A value is put on a desk. `if_version`: only over that version of it, 0 = only where there is none."""

    desk: str
    key: str
    value: Mapping[str, Any]
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeskDelete:
    """A value is taken off a desk."""

    desk: str
    key: str
    if_version: int | None = None


Change: TypeAlias = Create | Update | Delete | DeskPut | DeskDelete


class ChangeRefused(Refused):
    """The refusal of one change of a transaction, the one at `index`; nothing of the transaction was done."""

    def __init__(self, index: int, refusal: Refused) -> None:
        self.index = index
        super().__init__(refusal.status, refusal.issues, refusal.headers)
