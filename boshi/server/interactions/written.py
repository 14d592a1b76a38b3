"""What create and update share: which resource may be written where, and how a write is answered."""

import re
from collections.abc import Mapping
from typing import Final

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Issue, Resource, error, operation_outcome
from boshi.fhir.references import parse_reference, references
from boshi.server.call import Answer, Call, stored_headers
from boshi.server.changes import Written
from boshi.server.refusal import Refused

ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_NOT_THERE: Final = 0
_ETAG: Final = re.compile(r'(?:W/)?"([1-9]\d{0,17})"')


def of_type(resource: Resource, type: str) -> Resource:
    """The resource, where it is of the type its address names and has no references by criteria; else 400."""
    found = resource.get("resourceType")
    if found != type:
        raise Refused(400, [error(
            "invalid",
            f"The body's resourceType is {str(found)[:64]!r}, but the address is for {type}. Make them agree.",
            f"本文の resourceType は {str(found)[:64]!r} ですが、宛先は {type} です。一致させてください。",
            "resourceType",
        )])  # fmt: skip
    conditional = [
        _by_criteria(place)
        for place, holder in references(resource)
        if parse_reference(holder["reference"]).kind == "conditional"
    ]
    if conditional:
        raise Refused(400, conditional)
    return resource


def _by_criteria(place: str) -> Issue:
    return error(
        "not-supported",
        "A reference by criteria (Type?…) is resolved in a transaction only. Refer to Type/id, or send a transaction.",
        "条件による参照(Type?…)が使えるのは transaction の中だけです。"
        "Type/id で参照するか、transaction で送ってください。",
        place,
    )


def asked_version(headers: Mapping[str, str]) -> int | None:
    """The version that must be there: If-Match names it, 0 (none at all) for If-None-Match: *; else None.

    400 for an ETag this server never gives.
    """
    header = headers.get("if-match")
    if header is None:
        return _NOT_THERE if headers.get("if-none-match") == "*" else None
    match = _ETAG.fullmatch(header.strip())
    if match is None:
        raise Refused(400, [error(
            "invalid",
            f"If-Match is {header[:64]!r}; expected the ETag of a version, such as W/\"3\", as a read gives it.",
            f"If-Match が {header[:64]!r} です。W/\"3\" のような版の ETag を、read で得て送ってください。",
        )])  # fmt: skip
    return int(match.group(1))


def written_answer(call: Call, written: Written) -> Answer:
    """201 with Location or 200, with what `Prefer: return` asks for (R4 http §3.1.0.1.9)."""
    headers = stored_headers(call, written.stored)
    if written.created:
        headers["location"] = headers["content-location"]
    return Answer(201 if written.created else 200, _body(call, written), headers, written.stored)


def _body(call: Call, written: Written) -> bytes:
    wanted = call.prefer.returning
    if wanted == "minimal":
        return b""
    if wanted == "OperationOutcome":
        return encode(operation_outcome([_told(written)]))
    return written.stored.body


def _told(written: Written) -> Issue:
    where = f"{written.stored.type}/{written.stored.id}/_history/{written.stored.version}"
    if written.created:
        return Issue("information", "informational", f"Created {where}.", f"{where} を作成しました。")
    if written.changed:
        return Issue("information", "informational", f"Updated to {where}.", f"{where} に更新しました。")
    return Issue(
        "information", "informational", f"Nothing changed: {where} stands.", f"変更なし: {where} のままです。"
    )
