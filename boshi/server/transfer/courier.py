"""The town that asks: carry every open request one step or more further. Run it again after any cut.

prepared → (send) → sent → (poll, fetch, check, store in one transaction) → stored → (confirm) → confirmed.
Each state is durable before the next step, and each step may be repeated.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from boshi.fhir.outcome import Issue, Problems, Resource, error
from boshi.server.changes import Change, DeskPut, Update
from boshi.server.refusal import Refused
from boshi.server.transfer.arrival import Document, Home, Plan, plan, read_document
from boshi.server.transfer.documents import sha256
from boshi.server.transfer.family import family_items
from boshi.server.transfer.finding import decoded, find_all, read_resource
from boshi.server.transfer.naming import Person, atena_names, named_people
from boshi.server.transfer.outgoing import (
    Outgoing,
    asked_key,
    load_outgoing,
    moving_requests,
    outgoing_changes,
)
from boshi.server.transfer.transport import Declined, Interrupted, Told, Transport

if TYPE_CHECKING:
    from boshi.server.repository import Repository

RECEIVED = "transfer-received"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a request stands after a run. `interrupted` says why it could not go on now; it will at the next run."""

    outgoing: Outgoing
    interrupted: str = ""


async def run_once(
    repository: "Repository", transport: Transport, *, only: str | None = None
) -> list[Progress]:
    """Carry the open requests (or the one with the id `only`) as far as they go now."""
    moving = await moving_requests(repository)
    return [await _carry(repository, transport, one) for one in moving if only in (None, one.id)]


async def _carry(repository: "Repository", transport: Transport, outgoing: Outgoing) -> Progress:
    here = outgoing
    try:
        while (step := _STEPS.get(here.state)) is not None:
            further = await step(repository, transport, here)
            if further.state == here.state:
                break
            here = further
    except Interrupted as cut:
        return Progress(here, str(cut))
    except Declined as declined:
        return Progress(await _declined(repository, here, declined))
    except Refused as refused:
        return await _refused(repository, here, refused)
    return Progress(further)


async def _refused(repository: "Repository", here: Outgoing, refused: Refused) -> Progress:
    """Our own store refused: another run was quicker, it is away for now, or a record cannot be taken in."""
    texts = " ".join(f"{issue.text} / {issue.text_ja}" for issue in refused.issues)
    if refused.status in (409, 412):
        return Progress(await load_outgoing(repository, here.id) or here, texts)
    if refused.status >= 500:
        return Progress(here, texts)
    return Progress(await _keep(repository, here.becoming("failed", problem=texts)))


async def _declined(repository: "Repository", here: Outgoing, declined: Declined) -> Outgoing:
    """A lost request is sent anew under its old key; any other refusal ends it with its reason."""
    if declined.status == 404 and here.state == "sent":
        return await _keep(repository, here.becoming("prepared", location=""))
    return await _keep(repository, here.becoming("failed", problem=str(declined)))


async def _keep(repository: "Repository", outgoing: Outgoing) -> Outgoing:
    await repository.transact(outgoing_changes(outgoing))
    return replace(outgoing, version=outgoing.version + 1)


async def _send(repository: "Repository", transport: Transport, here: Outgoing) -> Outgoing:
    told = await transport.send(here.town, here.parameters.encode())
    return await _keep(repository, here.becoming("sent", location=told.location))


async def _receive(repository: "Repository", transport: Transport, here: Outgoing) -> Outgoing:
    told = await transport.status(here.town, here.location)
    status = told.task.get("status")
    if status == "rejected":
        reason = str(told.task.get("statusReason", {}).get("text", ""))
        return await _keep(repository, here.becoming("rejected", problem=reason))
    if status not in ("in-progress", "completed"):
        return here
    body = await transport.fetch(here.town, here.location)
    if sha256(body) != _output(told, "sha256"):
        raise Interrupted(
            "the document does not have the sha256 that its Task names; it is fetched again / "
            "文書が sha256 と一致しません。次回取得し直します"
        )
    return await _store(repository, here, body)


def _output(told: Told, name: str) -> Any:
    outputs = {output.get("type", {}).get("text"): output for output in told.task.get("output", ())}
    output = outputs.get(name, {})
    return next((value for key, value in output.items() if key.startswith("value")), None)


async def _store(repository: "Repository", here: Outgoing, body: bytes) -> Outgoing:
    for attempt in range(_ATTEMPTS):
        try:
            return await _store_once(repository, here, body)
        except Refused as refused:
            if refused.status not in (409, 412) or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


_ATTEMPTS = 3


async def _store_once(repository: "Repository", here: Outgoing, body: bytes) -> Outgoing:
    own = await read_resource(repository, "Patient", here.patient)
    if own is None:
        return await _keep(repository, here.becoming("failed", problem=_person_gone(here.patient).text_ja))
    document = read_document(body, here.id, own)
    if isinstance(document, Problems):
        texts = " ".join(issue.text_ja for issue in document.issues)
        return await _keep(repository, here.becoming("failed", problem=texts))
    home = await _home(repository, here, own, document)
    planned = plan(document, home)
    stored = here.becoming(
        "stored",
        digest=sha256(body),
        created_records=len(planned.new),
        updated_records=len(planned.changed),
        unchanged_records=planned.unchanged,
        differing=planned.differing,
    )
    await repository.transact([*_changes(planned, home, here), *outgoing_changes(stored)])
    return replace(stored, version=here.version + 1)


def _changes(planned: Plan, home: Home, here: Outgoing) -> list[Change]:
    changes: list[Change] = [Update(item, if_match=0) for item in planned.new]
    changes += [
        Update(item, if_match=_version(home.existing.get(_key(item), item))) for item in planned.changed
    ]
    if planned.person is not None:
        changes.append(Update(planned.person, if_match=_version(home.person)))
    digests = [[key, digest] for key, digest in sorted(planned.received.items())]
    changes.append(DeskPut(RECEIVED, asked_key(here.patient, here.town), {"records": digests}))
    return changes


def _key(item: Resource) -> str:
    return f"{item['resourceType']}/{item['id']}"


def _version(item: Resource | None) -> int:
    return int((item or {}).get("meta", {}).get("versionId", 0))


async def _home(repository: "Repository", here: Outgoing, own: Resource, document: Document) -> Home:
    found = await repository.read_many(document.keys)
    received = await repository.desk(RECEIVED).get(asked_key(here.patient, here.town))
    relatives = await find_all(repository, "RelatedPerson", [("patient", f"Patient/{here.patient}")])
    theirs = dict.fromkeys(atena_names(document.person), own)
    people = {**await _known(repository, named_people(document.items)), **theirs}
    family = await family_items(repository, relatives, theirs, people.values())
    return Home(
        code=repository.town_code,
        person=own,
        existing={key: None if stored.deleted else decoded(stored) for key, stored in found.items()},
        received=dict(received.value["records"]) if received else {},
        relatives=relatives,
        people={**await _known(repository, named_people(family) - people.keys()), **people},
        family=family,
    )


async def _known(repository: "Repository", named: Iterable[Person]) -> dict[Person, Resource]:
    """Our Patients by other towns' 宛名番号, where there is exactly one."""
    known: dict[Person, Resource] = {}
    for person in sorted(named):
        found = await find_all(repository, "Patient", [("identifier", "|".join(person))])
        if len(found) == 1:
            known[person] = found[0]
    return known


def _person_gone(patient: str) -> Issue:
    return error(
        "not-found",
        f"Patient/{patient} is no longer here; nothing was stored.",
        f"Patient/{patient} がなくなったため、保存しませんでした。",
    )


async def _confirm(repository: "Repository", transport: Transport, here: Outgoing) -> Outgoing:
    await transport.confirm(here.town, here.location, here.digest)
    return await _keep(repository, here.becoming("confirmed"))


_Step = Callable[["Repository", Transport, Outgoing], Awaitable[Outgoing]]
_STEPS: dict[str, _Step] = {"prepared": _send, "sent": _receive, "stored": _confirm}
