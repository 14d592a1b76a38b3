"""Entries as calls, and their answers as entries of the response Bundle (R4 bundle, §2.36.3)."""

from http import HTTPStatus
from typing import Any, Final

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Issue, Resource, error, operation_outcome
from boshi.server.bundles.entries import Entry, located
from boshi.server.bundles.joined import entry as joined_entry
from boshi.server.call import Answer, Call
from boshi.server.refusal import Refused

MOST_ANSWERED: Final = 32_000_000
"""Bytes that the answers to one Bundle may have before its reads are refused."""


class Allowance:
    """What is left for the reads of one Bundle to answer: thousands of searches would not fit into memory."""

    def __init__(self) -> None:
        self._left = MOST_ANSWERED

    def check(self) -> None:
        """Refused 413 where nothing is left."""
        if self._left <= 0:
            raise Refused(413, [_too_much()])

    def take(self, answer: bytes) -> bytes:
        """The answer, counted."""
        self._left -= len(answer)
        return answer


def entry_call(call: Call, entry: Entry) -> Call:
    """The call that an entry stands for; its writes answer with the resource only where that is asked for."""

    async def load() -> Resource:
        return entry.resource or {}

    returning = call.prefer.returning or "minimal"
    handling = "; handling=lenient" if call.prefer.lenient else ""
    return Call(
        method=entry.method,
        base=call.base,
        repository=call.repository,
        load=load,
        dispatch=call.dispatch,
        headers={**entry.conditions, "prefer": f"return={returning}{handling}"},
        query=entry.query,
        statement=call.statement,
        request_id=call.request_id,
    )


def answered(call: Call, entry: Entry, answer: Answer) -> bytes:
    """The response entry of an answer."""
    response: dict[str, Any] = {"status": _status(answer.status)}
    if "location" in answer.headers:
        response["location"] = answer.headers["location"]
    if "etag" in answer.headers:
        response["etag"] = answer.headers["etag"]
    if answer.stored is not None:
        told = answer.stored.updated.isoformat(timespec="milliseconds")
        response["lastModified"] = told.replace("+00:00", "Z")
    if entry.method == "HEAD" or answer.status == 304:
        return joined_entry(response=response)
    if call.prefer.returning == "OperationOutcome" and entry.method in ("POST", "PUT") and answer.body:
        response["outcome"] = decode(answer.body)
        return joined_entry(response=response)
    full_url = call.url(answer.stored.type, answer.stored.id) if answer.stored is not None else ""
    return joined_entry(full_url=full_url, resource=answer.body, response=response)


def refused(entry: Entry, refusal: Refused) -> bytes:
    """The response entry of a refusal, told from the root of the Bundle that came in."""
    outcome = encode(operation_outcome(located(refusal.issues, entry.place)))
    return joined_entry(response={"status": _status(refusal.status), "outcome": decode(outcome)})


def _too_much() -> Issue:
    return error(
        "too-costly",
        f"The answers to the entries before have {MOST_ANSWERED:,} bytes already. Send this one in another Bundle.",
        f"ここまでの entry の応答が {MOST_ANSWERED:,} バイトを超えました。この entry は別の Bundle で送ってください。",
    )


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)
