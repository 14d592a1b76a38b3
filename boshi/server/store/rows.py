"""Documents from versions and versions from documents: the only place that knows both shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument

from boshi.server.admission import Admitted
from boshi.server.changes import Stored
from boshi.server.requester import Requester
from boshi.server.store import refusals
from boshi.server.store.documents import JournalDocument, ResourceDocument
from boshi.server.store.town import Row

_LARGEST: Final = 16_000_000
_LENGTH: Final = 4
"""Bytes of a BSON document's length, before its elements; one byte 0 ends them."""
_MILLISECOND: Final = timedelta(milliseconds=1)

KEY: Final[str] = ResourceDocument.key.db_field
TYPE: Final[str] = ResourceDocument.type.db_field
VERSION: Final[str] = ResourceDocument.version.db_field
UPDATED: Final[str] = ResourceDocument.updated.db_field
METHOD: Final[str] = ResourceDocument.method.db_field
TIE_BREAKER: Final[str] = ResourceDocument.tie_breaker.db_field
BODY: Final[str] = ResourceDocument.body.db_field
DIGEST: Final[str] = ResourceDocument.digest.db_field
DELETED: Final[str] = ResourceDocument.deleted.db_field
STRINGS: Final[str] = ResourceDocument.strings.db_field
PATIENT: Final[str] = ResourceDocument.patient.db_field
EVENT: Final[str] = JournalDocument.event.db_field
WRITER: Final[str] = JournalDocument.writer.db_field
ROLE: Final[str] = JournalDocument.role.db_field
REASON: Final[str] = JournalDocument.reason.db_field

STATE: Final = {VERSION: 1, UPDATED: 1, TIE_BREAKER: 1, DIGEST: 1, DELETED: 1, METHOD: 1}
"""Projection of what a write must know of the current version: not its body."""
READ: Final = {VERSION: 1, UPDATED: 1, METHOD: 1, BODY: 1, DELETED: 1}
"""Projection of what a read answers."""


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who writes, and why."""

    requester: Requester
    reason: str = ""


def journal_key(key: str, version: int) -> str:
    """The journal's `_id` of one version; versions of a resource sort by it."""
    return f"{key}/{version:010}"


def now() -> datetime:
    """The time in UTC at the precision that is stored, a millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def later(moment: datetime, than: datetime | None) -> datetime:
    """`moment`, or the millisecond after `than` when the clock has not moved on: a resource's times ascend."""
    return moment if than is None or moment > than else than + _MILLISECOND


def instant(moment: datetime) -> str:
    """The FHIR instant of a stored time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def current_row(
    admitted: Admitted, version: int, updated: datetime, tie: int, body: bytes, method: str
) -> RawBSONDocument:
    """The document of a current version: what the gate encoded is joined on, not encoded again. Refused 413."""
    row = bson.encode(
        {
            KEY: admitted.key,
            TYPE: admitted.type,
            VERSION: version,
            UPDATED: updated,
            METHOD: method,
            TIE_BREAKER: tie,
            BODY: body,
            DIGEST: admitted.digest,
        }
    )
    joined = row[_LENGTH:-1] + admitted.index[_LENGTH:]
    if len(joined) > _LARGEST:
        raise refusals.too_large(admitted.key)
    return RawBSONDocument((len(joined) + _LENGTH).to_bytes(_LENGTH, "little") + joined)


def tombstone(key: str, version: int, updated: datetime, tie: int) -> Row:
    """The document of a deleted resource: without a type, so no query sees it."""
    return {KEY: key, VERSION: version, UPDATED: updated, METHOD: "DELETE", TIE_BREAKER: tie, DELETED: True}


def journal_row(stored: Stored, event: str, author: Authorship) -> Row:
    """The journal's row of one version."""
    row: Row = {
        KEY: journal_key(f"{stored.type}/{stored.id}", stored.version),
        TYPE: stored.type,
        VERSION: stored.version,
        UPDATED: stored.updated,
        METHOD: stored.method,
        EVENT: event,
        WRITER: author.requester.id,
        ROLE: author.requester.role,
    }
    if author.reason:
        row[REASON] = author.reason
    if not stored.deleted:
        row[BODY] = stored.body
    return row


def stored_of(row: Mapping[str, Any]) -> Stored:
    """The version in a row of the resource or journal collection (projection READ or more)."""
    kind, id = row[KEY].split("/")[:2]
    return Stored(kind, id, row[VERSION], row[UPDATED], row.get(BODY, b""), BODY not in row, row[METHOD])
