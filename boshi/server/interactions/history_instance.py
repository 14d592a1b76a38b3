"""history-instance: every version of one resource, newest first (R4 http §3.1.0.13)."""

from itertools import zip_longest
from typing import Final
from urllib.parse import urlencode

from boshi.fhir.outcome import error
from boshi.server.bundles.joined import bundle, entry
from boshi.server.call import Answer, Call
from boshi.server.changes import Stored
from boshi.server.interactions.read import never_known
from boshi.server.interactions.vread import version_number
from boshi.server.refusal import Refused

_DEFAULT_COUNT: Final = 50
_LARGEST_COUNT: Final = 500
_BEFORE: Final = "_before"
_ANSWERED: Final = {"POST": "201", "PUT": "200", "DELETE": "204"}


async def history_instance(call: Call) -> Answer:
    """GET {type}/{id}/_history with _count; the next page goes on below the last version.

    Not done: _since, _at, _list; they are refused.
    """
    count, before = _page(call.parameters())
    rows = await call.repository.history(call.type, call.id, count=count + 1, before_version=before)
    if not rows and before is None:
        raise Refused(404, [never_known(call.type, call.id)])
    page = rows[:count]
    links = [("self", _link(call, count, before))]
    if page and len(rows) > count:
        links.append(("next", _link(call, count, page[-1].version)))
    entries = (_entry(call, stored, earlier) for stored, earlier in zip_longest(page, rows[1 : count + 1]))
    return Answer(200, bundle("history", entries, links=links))


def _entry(call: Call, stored: Stored, earlier: Stored | None) -> bytes:
    method = "DELETE" if stored.deleted else stored.method
    where = stored.type if method == "POST" else f"{stored.type}/{stored.id}"
    created = method == "PUT" and (earlier is None or earlier.deleted)
    return entry(
        full_url=call.url(stored.type, stored.id),
        resource=b"" if stored.deleted else stored.body,
        request={"method": method, "url": where},
        response={
            "status": "201" if created else _ANSWERED[method],
            "etag": f'W/"{stored.version}"',
            "lastModified": stored.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        },
    )


def _page(parameters: list[tuple[str, str]]) -> tuple[int, int | None]:
    count, before = _DEFAULT_COUNT, None
    for name, value in parameters:
        if name == "_count" and value.isascii() and value.isdigit() and len(value) < 10:
            count = min(int(value), _LARGEST_COUNT)
        elif name == _BEFORE and version_number(value) is not None:
            before = version_number(value)
        elif name not in ("_format", "_pretty"):
            raise Refused(400, [error(
                "invalid",
                f"history does not understand {name[:40]}={value[:40]}; it takes _count=<number>.",
                f"history は {name[:40]}={value[:40]} を解釈できません。使えるのは _count=<数> です。",
            )])  # fmt: skip
    return count, before


def _link(call: Call, count: int, before: int | None) -> str:
    asked = [("_count", str(count))] + ([] if before is None else [(_BEFORE, str(before))])
    return f"{call.url(call.type, call.id)}/_history?{urlencode(asked)}"
