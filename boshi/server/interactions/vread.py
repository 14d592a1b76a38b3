"""vread: one version of a resource, as the bytes that were stored (R4 http §3.1.0.3)."""

from boshi.fhir.outcome import Issue, error
from boshi.server.call import Answer, Call, stored_headers
from boshi.server.interactions.read import gone
from boshi.server.refusal import Refused

_LONGEST_VERSION = 18


async def vread(call: Call) -> Answer:
    """GET {type}/{id}/_history/{version}. 404 where there is no such version, 410 for a deletion."""
    version = version_number(call.version)
    stored = None if version is None else await call.repository.vread(call.type, call.id, version)
    if stored is None:
        raise Refused(404, [_no_such_version(call)])
    headers = stored_headers(call, stored)
    if stored.deleted:
        raise Refused(410, [gone(call, stored)], {"etag": headers["etag"]})
    return Answer(200, stored.body, headers, stored)


def version_number(text: str) -> int | None:
    """A version id as this server gives them: 1, 2, 3 …; None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION and not text.startswith("0"):
        return int(text)
    return None


def _no_such_version(call: Call) -> Issue:
    which, asked = f"{call.type}/{call.id[:64]}", f"{call.version[:64]!r}"
    where = f"{call.url(call.type, call.id[:64])}/_history"
    return error(
        "not-found",
        f"{which} has no version {asked}. Its versions are at {where}.",
        f"{which} に版 {asked} はありません。版の一覧は {where} です。",
    )
