"""transaction: all entries or none (R4 http §3.1.0.11.2)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import error
from boshi.server.bundles.answering import Allowance, answered, entry_call, refused
from boshi.server.bundles.entries import Entry, located, read_entries
from boshi.server.bundles.joined import bundle
from boshi.server.bundles.linking import link
from boshi.server.call import Answer, Call
from boshi.server.changes import Change, ChangeRefused, Create, Delete, Update, Written
from boshi.server.interactions.create import create_condition, without_id
from boshi.server.interactions.update import check_id
from boshi.server.interactions.written import asked_version, of_type, written_answer
from boshi.server.refusal import Refused


async def transaction(call: Call) -> Answer:
    """POST a Bundle of type transaction: 200 with a status for each entry, in their order, or one refusal.

    The repository does all changes at once, as if deletes went first, then creates and updates. Reads come
    after it, each with its own status: a read that finds nothing does not undo what was written.
    Not done: conditional update and delete, patch; they are refused with their entry. References by criteria see
    what the Bundle itself writes only where the criteria are tokens, such as identifiers.
    """
    entries = read_entries(await call.load(), call.base)
    linked = await link(call, [entry for entry in entries if entry.changes])
    changes = [_change(call, entry) for entry in linked]
    written = await _transact(call, linked, changes)
    answers = {
        entry.index: answered(call, entry, _answer(call, entry, each))
        for entry, each in zip(linked, written, strict=True)
    }
    allowance = Allowance()
    for entry in entries:
        if not entry.changes:
            answers[entry.index] = await _read(call, entry, allowance)
    return Answer(200, bundle("transaction-response", (answers[index] for index in sorted(answers))))


def _change(call: Call, entry: Entry) -> Change:
    with _within(entry, "request.url"):
        type, id = _target(entry)
    with _within(entry, "request.ifMatch"):
        version = asked_version(entry.conditions)
    full_url = entry.full_url or None
    if entry.method == "DELETE":
        return Delete(type, id, if_match=version)
    with _within(entry):
        resource = of_type(entry.resource or {}, type)
        if entry.method == "PUT":
            check_id(type, id, resource.get("id"))
            return Update(resource, if_match=version, full_url=full_url)
    with _within(entry, "request.ifNoneExist"):
        criteria = entry.conditions.get("if-none-exist")
        condition = None if criteria is None else create_condition(call, type, criteria)
    return Create(without_id(resource), if_none_exist=condition, full_url=full_url)


def _target(entry: Entry) -> tuple[str, str]:
    """Type and id of the address: POST names a type alone, PUT and DELETE both."""
    type, _, id = entry.path.partition("/")
    whole = bool(id) == (entry.method != "POST") and "/" not in id and not entry.query
    if whole and type in definitions().resource_types:
        return type, id
    expected = "Type" if entry.method == "POST" else "Type/id"
    raise Refused(400, [error(
        "invalid",
        f"{entry.method} {entry.path[:80]}{'?…' if entry.query else ''} is not offered in a transaction; "
        f"expected {entry.method} {expected} with a resource type of R4 and no criteria.",
        f"{entry.method} {entry.path[:80]}{'?…' if entry.query else ''} はトランザクションで使えません。"
        f"{entry.method} {expected} の形で、R4 のリソース型を、条件なしで書いてください。",
    )])  # fmt: skip


async def _transact(
    call: Call, entries: Sequence[Entry], changes: Sequence[Change]
) -> Sequence[Written | None]:
    try:
        return await call.repository.transact(changes) if changes else []
    except ChangeRefused as refusal:
        place = entries[refusal.index].place
        raise Refused(refusal.status, located(refusal.issues, place), refusal.headers) from None


def _answer(call: Call, entry: Entry, written: Written | None) -> Answer:
    if written is None:
        return Answer(204)
    if entry.method == "DELETE":
        return Answer(204, headers={"etag": f'W/"{written.stored.version}"'}, stored=written.stored)
    return written_answer(entry_call(call, entry), written)


async def _read(call: Call, entry: Entry, allowance: Allowance) -> bytes:
    try:
        allowance.check()
        answer = answered(call, entry, await call.dispatch(entry_call(call, entry), entry.path))
        return allowance.take(answer)
    except Refused as refusal:
        return refused(entry, refusal)


@contextmanager
def _within(entry: Entry, place: str = "") -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        where = f"{entry.place}.{place}" if place else entry.place
        raise Refused(refusal.status, located(refusal.issues, where), refusal.headers) from None
