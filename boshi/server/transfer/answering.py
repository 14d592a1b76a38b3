"""The town that is asked, at its door: take a request, tell its Task, hand out the document, note its arrival.

Taking a request reads and writes the desk alone. No person is looked for before the answer, so it cannot differ.
"""

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Issue, Problems, Resource, error
from boshi.profiles.my_number import find_my_numbers
from boshi.server.refusal import Refused
from boshi.server.transfer.asking import from_parameters
from boshi.server.transfer.cases import Case, case_changes, load_case, new_case
from boshi.server.transfer.documents import document_changes, read_document
from boshi.server.transfer.towns import Directory

if TYPE_CHECKING:
    from boshi.server.repository import Repository


def case_id(asked: str, asking: str, key: str) -> str:
    """The id of the case of one request: the same for every resend, not to be guessed without its key."""
    return hashlib.sha256("\x1f".join(("transfer", asked, asking, key)).encode()).hexdigest()[:32]


async def receive(repository: "Repository", directory: Directory, parameters: Resource) -> Case:
    """Put a request on the desk, once. 400 for its form, 403 for a town not listed, 409 for a key used otherwise."""
    request = from_parameters(parameters)
    if isinstance(request, Problems):
        raise Refused(400, request.issues)
    numbers = find_my_numbers(parameters)
    if numbers:
        raise Refused(400, numbers)
    if directory.get(request.asker.municipality) is None:
        raise Refused(403, [_unlisted(request.asker.municipality)])
    case = new_case(
        case_id(repository.town_code, request.asker.municipality, request.key), parameters, datetime.now(UTC)
    )
    known = await load_case(repository, case.id)
    if known is None:
        known = await _put(repository, case)
    if known.parameters != encode(parameters).decode():
        raise Refused(409, [_key_used()])
    return known


async def _put(repository: "Repository", case: Case) -> Case:
    try:
        await repository.transact(case_changes(case))
    except Refused:
        other = await load_case(repository, case.id)
        if other is None:
            raise
        return other
    return case


async def status(repository: "Repository", id: str) -> Case:
    """The case of a request. 404 for an id that was never given."""
    case = await load_case(repository, id)
    if case is None:
        raise Refused(404, [_no_such_request()])
    return case


async def fetch(repository: "Repository", id: str) -> tuple[Case, bytes]:
    """The document of an approved case, the same bytes at every fetch. 404 before, 410 after its arrival."""
    case = await status(repository, id)
    if case.state == "delivered":
        raise Refused(410, [_delivered()])
    if case.state != "approved":
        raise Refused(404, [_nothing_yet()])
    return case, await read_document(repository, case)


async def confirm(repository: "Repository", id: str, digest: str) -> Case:
    """Note that the document arrived; confirming again changes nothing. 409 for another digest."""
    case = await status(repository, id)
    if case.state not in ("approved", "delivered") or digest != case.digest:
        raise Refused(409, [_wrong_digest()])
    if case.state == "delivered":
        return case
    delivered = case.becoming("delivered")
    await repository.transact([*case_changes(delivered), *document_changes(case, b"")])
    return delivered


def _unlisted(code: str) -> Issue:
    return error(
        "forbidden",
        f"The municipality {code[:12]!r} is not in this town's directory. Agree on the exchange first.",
        f"団体コード {code[:12]!r} はこの自治体の一覧にありません。先に相互の登録をしてください。",
    )


def _key_used() -> Issue:
    return error(
        "conflict",
        "This key was used for another request. Use a new random key for every new request.",
        "このキーは別の照会で使われています。照会ごとに新しいキーを使ってください。",
    )


def _no_such_request() -> Issue:
    return error(
        "not-found", "There is no such request. Send it again.", "その照会はありません。送り直してください。"
    )


def _nothing_yet() -> Issue:
    return error(
        "not-found", "There is nothing to fetch yet. Ask again later.", "まだ受け取れるものがありません。"
    )


def _delivered() -> Issue:
    return error(
        "deleted", "The document was received and is gone.", "受領済みのため、文書は残っていません。"
    )


def _wrong_digest() -> Issue:
    return error(
        "conflict",
        "No document with this sha256 waits for confirmation. Fetch it again and compare.",
        "この sha256 の文書はありません。取得し直して照合してください。",
    )
