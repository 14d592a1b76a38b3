"""The town that asks: one request and its state, kept before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Issue, Resource, error
from boshi.profiles.systems import BASE, ORIGIN, atena
from boshi.server.changes import Change, DeskDelete, DeskPut, Update
from boshi.server.refusal import Refused
from boshi.server.transfer.asking import Asker, ClassAsked, Moved, TransferRequest, to_parameters
from boshi.server.transfer.cases import instant
from boshi.server.transfer.finding import every_kept, read_resource
from boshi.server.transfer.legal_bases import LegalBases, load_legal_bases
from boshi.server.transfer.person import atena_number, residence
from boshi.server.transfer.protection import is_protected

if TYPE_CHECKING:
    from boshi.server.repository import Repository

OUTGOING: Final = "transfer-out"
ASKED: Final = "transfer-asked"
MOVING: Final = "transfer-moving"

OutState: TypeAlias = Literal["prepared", "sent", "stored", "confirmed", "rejected", "failed"]
_STATUS: Final[Mapping[str, str]] = {
    "prepared": "draft",
    "sent": "requested",
    "stored": "in-progress",
    "confirmed": "completed",
    "rejected": "rejected",
    "failed": "failed",
}
_COPIED: Final = ("name", "gender", "birthDate", "multipleBirthInteger")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request of this town. `id` is its unguessable key; `location` where the other town tells its Task."""

    id: str
    patient: str
    town: str
    created: str
    parameters: str
    state: OutState = "prepared"
    location: str = ""
    digest: str = ""
    created_records: int = 0
    updated_records: int = 0
    unchanged_records: int = 0
    differing: tuple[str, ...] = ()
    problem: str = ""
    version: int = field(default=0, compare=False)

    def becoming(self, state: OutState, **changes: Any) -> "Outgoing":
        """This request in another state."""
        return replace(self, state=state, **changes)


def asked_key(patient: str, town: str) -> str:
    """The key under which it is kept that `town` was asked about `patient`."""
    return f"{patient}/{town}"


async def request(
    repository: "Repository",
    patient: str,
    *,
    office: str,
    officer: str,
    why: str,
    affair: str = "maternal-child-health",
    town: str | None = None,
    classes: Mapping[str, str | None] | None = None,
    consents: Mapping[str, str] | None = None,
    period: Mapping[str, str] | None = None,
    sensitive_purpose: str = "",
    despite_protection: bool = False,
    bases: LegalBases | None = None,
) -> Outgoing:
    """Prepare a request about `patient` to the former town, durably; `run_once` sends it.

    `classes` maps a class to the code of its legal basis (None: the first in the list), `consents` a class to its
    Consent; a class whose basis stands on consent is left out without one. A request that is under way is given
    back instead of a second one. Refused 404 for no such person, 422 where the residence does not prove the entry or
    nothing is left to ask for, 409 without `despite_protection`
    where the person, the household or a relative is protected: asking tells where they live.
    """
    person = await read_resource(repository, "Patient", patient)
    if person is None:
        raise Refused(404, [_no_such_person(patient)])
    if not despite_protection and await is_protected(repository, person):
        raise Refused(409, [_protected()])
    asked_town = town or residence(person).former_municipality
    moved = Moved(residence(person).entry_date, residence(person).entry_reason)
    if not asked_town or asked_town == repository.town_code or not moved.reason:
        raise Refused(422, [_no_entry()])
    under_way = await _under_way(repository, patient, asked_town)
    if under_way is not None:
        return under_way
    asked = _classes(classes, consents or {}, bases or load_legal_bases())
    if not asked:
        raise Refused(422, [_nothing_to_ask()])
    told = TransferRequest(
        key=token_hex(16),
        asker=Asker(repository.town_code, office, officer, affair),
        why=why,
        person=_person(repository.town_code, person),
        moved=moved,
        classes=asked,
        period=dict(period or {}),
        sensitive_purpose=sensitive_purpose,
    )
    return await _keep(repository, told, patient, asked_town)


async def _keep(repository: "Repository", told: TransferRequest, patient: str, town: str) -> Outgoing:
    parameters = encode(to_parameters(told)).decode()
    outgoing = Outgoing(told.key, patient, town, instant(datetime.now(UTC)), parameters)
    await repository.transact(outgoing_changes(outgoing))
    return replace(outgoing, version=1)


def _classes(
    wanted: Mapping[str, str | None] | None, consents: Mapping[str, str], bases: LegalBases
) -> tuple[ClassAsked, ...]:
    asked: list[ClassAsked] = []
    for code, basis_code in (wanted or dict.fromkeys(bases.classes)).items():
        known = bases.classes.get(code)
        basis = known.basis(basis_code) if known else None
        if basis is None:
            raise Refused(422, [_unknown_basis(code, basis_code, bases)])
        if not basis.consent or code in consents:
            asked.append(ClassAsked(code, basis.code, consents.get(code)))
    return tuple(asked)


def _person(code: str, person: Resource) -> Resource:
    """What the other town needs to find the person, and no more: not where they live now."""
    told: Resource = {"resourceType": "Patient"}
    number = atena_number(person, code)
    if number:
        told["identifier"] = [{"system": atena(code), "value": number}]
    told.update({name: person[name] for name in _COPIED if name in person})
    former = residence(person).former_address
    if former:
        told["address"] = [{"use": "old", "text": former}]
    return told


async def _under_way(repository: "Repository", patient: str, town: str) -> Outgoing | None:
    found = await repository.desk(ASKED).get(asked_key(patient, town))
    known = await load_outgoing(repository, str(found.value["request"])) if found else None
    return known if known and known.state in ("prepared", "sent", "stored") else None


async def load_outgoing(repository: "Repository", id: str) -> Outgoing | None:
    """The request with this id."""
    found = await repository.desk(OUTGOING).get(id)
    if found is None:
        return None
    told = dict(found.value)
    told["differing"] = tuple(told.get("differing", ()))
    return Outgoing(**told, version=found.version)


async def outgoing_requests(repository: "Repository") -> list[Outgoing]:
    """Every request of this town, oldest first."""
    keys = [found.key for found in await every_kept(repository, OUTGOING)]
    known = [await load_outgoing(repository, key) for key in keys]
    return sorted((one for one in known if one is not None), key=lambda one: one.created)


async def moving_requests(repository: "Repository") -> list[Outgoing]:
    """The requests that are not at their end, oldest first."""
    keys = [found.key for found in await every_kept(repository, MOVING)]
    known = [await load_outgoing(repository, key) for key in keys]
    moving = [one for one in known if one is not None and one.state in ("prepared", "sent", "stored")]
    return sorted(moving, key=lambda one: one.created)


def outgoing_changes(outgoing: Outgoing) -> list[Change]:
    """What to write when a request changes: its state, its Task, and that it was asked."""
    value = {name.name: getattr(outgoing, name.name) for name in fields(outgoing) if name.name != "version"}
    value["differing"] = list(outgoing.differing)
    moving = outgoing.state in ("prepared", "sent", "stored")
    return [
        DeskPut(OUTGOING, outgoing.id, value, if_version=outgoing.version),
        Update(task_of(outgoing)),
        DeskPut(ASKED, asked_key(outgoing.patient, outgoing.town), {"request": outgoing.id}),
        DeskPut(MOVING, outgoing.id, {}) if moving else DeskDelete(MOVING, outgoing.id),
    ]


def task_of(outgoing: Outgoing) -> Resource:
    """The Task of a request at the town that asks; there it may name both the person and the other town."""
    told: Resource = {
        "resourceType": "Task",
        "id": outgoing.id,
        "status": _STATUS[outgoing.state],
        "intent": "order",
        "code": {
            "coding": [{"system": f"{BASE}/CodeSystem/task", "code": "transfer-request"}],
            "text": "記録の照会",
        },
        "for": {"reference": f"Patient/{outgoing.patient}"},
        "authoredOn": outgoing.created,
        "owner": {"type": "Organization", "identifier": {"system": ORIGIN, "value": outgoing.town}},
    }
    if outgoing.problem:
        told["statusReason"] = {"text": outgoing.problem}
    return told


def _no_such_person(patient: str) -> Issue:
    return error(
        "not-found",
        f"There is no Patient/{patient[:64]} here. See `boshi transfer pending`.",
        f"Patient/{patient[:64]} はありません。`boshi transfer pending` を確認してください。",
    )


def _protected() -> Issue:
    return error(
        "business-rule",
        "This person, or somebody of their family or address, is or was protected, and a request tells the other town "
        "where they live. Decide it by hand: call the other town first, then ask with --despite-protection.",
        "本人または世帯・家族に支援措置または一時保護の対象者(過去を含む)がいます。照会は居住地を相手に知らせます。"
        "電話で確認のうえ、担当者が判断し、--despite-protection を付けて照会してください。",
    )


def _no_entry() -> Issue:
    return error(
        "business-rule",
        "The residents file names no entry from another town for this person (記載事由, 前団体コード). "
        "Import the residents file, or name the town.",
        "住民ファイルに他の自治体からの転入（記載事由・前団体コード）がありません。住民ファイルを取り込んでください。",
    )


def _nothing_to_ask() -> Issue:
    return error(
        "business-rule",
        "Every class asked for stands on consent, and no Consent was given. Name another basis or the Consents.",
        "求める記録はすべて本人同意が根拠ですが、同意がありません。別の根拠か同意を指定してください。",
    )


def _unknown_basis(code: str, basis: str | None, bases: LegalBases) -> Issue:
    known = bases.classes.get(code)
    valid = ", ".join(one.code for one in known.bases) if known else ", ".join(bases.classes)
    return error(
        "code-invalid",
        f"{code!r} with the basis {basis!r} is not in the list of legal bases. Valid: {valid}.",
        f"{code!r}（根拠 {basis!r}）は法的根拠の一覧にありません。指定できるもの: {valid}",
    )
