"""read: the current version of a resource, as the bytes that were stored (R4 http §3.1.0.2)."""

from email.utils import parsedate_to_datetime

from boshi.fhir.outcome import Issue, error
from boshi.server.call import Answer, Call, stored_headers
from boshi.server.changes import Stored
from boshi.server.refusal import Refused


async def read(call: Call) -> Answer:
    """GET {type}/{id}. 404 never known, 410 deleted, 304 unchanged for If-None-Match or If-Modified-Since.

    Not done: _summary and _elements; the whole resource is answered.
    """
    stored = await call.repository.read(call.type, call.id)
    if stored is None:
        raise Refused(404, [never_known(call.type, call.id)])
    headers = stored_headers(call, stored)
    if stored.deleted:
        raise Refused(410, [gone(call, stored)], {"etag": headers["etag"]})
    if unchanged(call, stored, headers["etag"]):
        return Answer(304, headers=headers, stored=stored)
    return Answer(200, stored.body, headers, stored)


def never_known(type: str, id: str) -> Issue:
    """The issue of a 404 for a resource."""
    return error(
        "not-found",
        f"There is no {type} with the id {id[:64]!r}, and there never was. Check the id, or search by identifier.",
        f"ID {id[:64]!r} の {type} は一度も存在していません。ID を確かめるか、identifier で検索してください。",
    )


def gone(call: Call, stored: Stored) -> Issue:
    """The issue of a 410: what was deleted, and where its history is."""
    where = f"{call.url(stored.type, stored.id)}/_history"
    return error(
        "deleted",
        f"{stored.type}/{stored.id} was deleted as version {stored.version}. Its history is at {where}.",
        f"{stored.type}/{stored.id} は版 {stored.version} で削除されました。履歴は {where} にあります。",
    )


def unchanged(call: Call, stored: Stored, etag: str) -> bool:
    """Whether the client already has this version (RFC 9110 §13.1: If-None-Match goes first)."""
    known = call.headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in (tag.strip() for tag in known.split(","))
    since = call.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return stored.updated.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        return False
