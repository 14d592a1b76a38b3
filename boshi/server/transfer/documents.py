"""The document of an approved case, frozen on the desk until its arrival is confirmed."""

import hashlib
import zlib
from typing import TYPE_CHECKING, Final

from boshi.fhir.outcome import error
from boshi.server.changes import Change, DeskDelete, DeskPut
from boshi.server.refusal import Refused
from boshi.server.transfer.cases import Case

if TYPE_CHECKING:
    from boshi.server.repository import Repository

DOCUMENTS: Final = "transfer-document"
PART_BYTES: Final = 8_000_000


def sha256(body: bytes) -> str:
    """The digest that both towns compare."""
    return hashlib.sha256(body).hexdigest()


def parts_of(body: bytes) -> list[bytes]:
    """The document compressed, in parts that fit a desk value."""
    packed = zlib.compress(body, 6)
    return [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]


def document_changes(case: Case, body: bytes) -> list[Change]:
    """Lay the document of `case` on the desk; with an empty body, take it off."""
    if not body:
        return [DeskDelete(DOCUMENTS, f"{case.id}/{number}") for number in range(case.parts)]
    return [
        DeskPut(DOCUMENTS, f"{case.id}/{number}", {"body": part})
        for number, part in enumerate(parts_of(body))
    ]


async def read_document(repository: "Repository", case: Case) -> bytes:
    """The bytes of the document as they were approved."""
    desk = repository.desk(DOCUMENTS)
    values = [await desk.get(f"{case.id}/{number}") for number in range(case.parts)]
    packed = b"".join(bytes(value.value["body"]) for value in values if value is not None)
    body = zlib.decompress(packed) if packed else b""
    if sha256(body) != case.digest:
        raise Refused(
            500, [error("exception", "The stored document is damaged.", "保存した文書が壊れています。")]
        )
    return body
