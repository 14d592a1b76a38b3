"""The responsible staff of the town that is asked: inbox, approve, reject, and the rule that a town may set.

A rule never sees a case in which anybody is protected; such a case waits for a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Issue, Resource, error
from boshi.server.refusal import Refused
from boshi.server.transfer.asking import TransferRequest
from boshi.server.transfer.cases import Case, case_changes, ensure_responsible, instant, load_case, open_cases
from boshi.server.transfer.document import Contents, document
from boshi.server.transfer.documents import document_changes, parts_of, sha256
from boshi.server.transfer.judging import judge
from boshi.server.transfer.legal_bases import LegalBases, load_legal_bases
from boshi.server.transfer.matching import Likeness, Match
from boshi.server.transfer.person import ENTRY_FROM_ELSEWHERE, atena_number, display_name
from boshi.server.transfer.protection import is_protected
from boshi.server.transfer.records import Collected, collect
from boshi.server.transfer.sensitive import load_sensitivity
from boshi.server.transfer.towns import Directory, Town

if TYPE_CHECKING:
    from boshi.server.repository import Repository

Rule: TypeAlias = Callable[[Case, Match], bool]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of this town who may be meant."""

    patient: str
    atena: str
    name: str
    birth_date: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One request as the responsible staff sees it. Call back through `town.phone`, the official number."""

    case: Case
    town: Town
    request: TransferRequest
    candidates: tuple[Candidate, ...]


async def inbox(repository: "Repository", directory: Directory) -> list[InboxItem]:
    """The requests that wait for a decision, oldest first, matched against today's residents. 403 for others."""
    ensure_responsible(repository)
    waiting = [case for case in await open_cases(repository) if case.state == "waiting"]
    return [await _item(repository, directory, case) for case in waiting]


async def _item(repository: "Repository", directory: Directory, case: Case) -> InboxItem:
    judged, found, candidates = await judge(repository, case)
    asker = case.request.asker.municipality
    listed = tuple(_candidate(repository.town_code, candidates[one.patient], one) for one in found.candidates)
    town = directory.get(asker) or Town(asker, asker, "")
    return InboxItem(judged, town, case.request, listed)


def _candidate(code: str, person: Resource, likeness: Likeness) -> Candidate:
    return Candidate(
        patient=likeness.patient,
        atena=atena_number(person, code) or "",
        name=display_name(person),
        birth_date=str(person.get("birthDate", "")),
        likeness=likeness,
    )


async def approve(
    repository: "Repository",
    directory: Directory,
    id: str,
    patient: str,
    *,
    release_sensitive: bool = False,
    bases: LegalBases | None = None,
) -> Case:
    """Decide that the request means `patient` and make its document. Approving the same again changes nothing.

    403 for others than the responsible staff, 404 for an unknown case or person, 409 for a case decided otherwise,
    422 when no class asked for stands on a legal basis.
    """
    ensure_responsible(repository)
    case = await _case(repository, id)
    if case.state in ("approved", "delivered") and case.patient == patient:
        return case
    if case.state != "waiting":
        raise Refused(409, [_decided(case)])
    return await _approve(
        repository, directory, case, patient, release_sensitive, bases or load_legal_bases()
    )


async def _approve(
    repository: "Repository",
    directory: Directory,
    case: Case,
    patient: str,
    release_sensitive: bool,
    bases: LegalBases,
    *,
    by_rule: bool = False,
) -> Case:
    classes = founded_classes(case.request, bases)
    if not classes:
        raise Refused(422, [_no_basis()])
    released = release_sensitive and bool(case.request.sensitive_purpose)
    collected = await collect(
        repository,
        patient,
        list(classes),
        period=case.request.period,
        sensitivity=None if released else load_sensitivity(),
    )
    if collected is None:
        raise Refused(404, [_no_such_person(patient)])
    body = encode(_document(repository.town_code, directory, case, classes, collected))
    approved = _approved(repository, case, patient, classes, collected, body, by_rule)
    await repository.transact([*case_changes(approved), *document_changes(approved, body)])
    return approved


def founded_classes(request: TransferRequest, bases: LegalBases) -> Mapping[str, str]:
    """Code and title of the classes asked for on a basis that this town holds too, with consent where it needs one."""
    founded: dict[str, str] = {}
    for asked in request.classes:
        known = bases.classes.get(asked.code)
        basis = known.basis(asked.legal_basis) if known else None
        if known and basis and (asked.consent or not basis.consent):
            founded[asked.code] = known.title
    return founded


def _document(
    code: str, directory: Directory, case: Case, classes: Mapping[str, str], collected: Collected
) -> Resource:
    return document(
        Contents(
            task=case.request.key,
            asker=case.request.asker.municipality,
            town=code,
            town_name=directory.name(code),
            person=collected.person,
            relatives=collected.relatives,
            records=collected.records,
            classes=list(classes.items()),
            elsewhere=collected.elsewhere,
            origins=collected.origins,
            when=instant(datetime.now(UTC)),
        )
    )


def _approved(
    repository: "Repository",
    case: Case,
    patient: str,
    classes: Mapping[str, str],
    collected: Collected,
    body: bytes,
    by_rule: bool,
) -> Case:
    return case.becoming(
        "approved",
        patient=patient,
        decided=instant(datetime.now(UTC)),
        decided_by=repository.requester.id,
        by_rule=by_rule,
        classes=tuple(classes),
        held_back=collected.held_back,
        unclassified=collected.unclassified,
        digest=sha256(body),
        count=1 + len(collected.relatives) + len(collected.records),
        parts=len(parts_of(body)),
    )


async def reject(repository: "Repository", id: str, reason: str) -> Case:
    """Decide against a request. The reason stays at this desk: the other town reads the same words for every one."""
    ensure_responsible(repository)
    case = await _case(repository, id)
    if case.state == "rejected":
        return case
    if case.state != "waiting":
        raise Refused(409, [_decided(case)])
    now = instant(datetime.now(UTC))
    rejected = case.becoming("rejected", reason=reason, decided=now, decided_by=repository.requester.id)
    await repository.transact(case_changes(rejected))
    return rejected


def certain_and_proved(case: Case, found: Match) -> bool:
    """A rule for towns that want one: one certain person, a proved entry, nothing asked for that needs care."""
    request = case.request
    proved = request.moved.reason in ENTRY_FROM_ELSEWHERE
    return found.verdict == "matched" and proved and not request.sensitive_purpose


async def work_desk(
    repository: "Repository",
    directory: Directory,
    *,
    rule: Rule | None = None,
    bases: LegalBases | None = None,
) -> list[Case]:
    """Match every waiting request, and decide those that `rule` approves. Returns what it decided.

    Without a rule it only matches. A protected person, household or address never reaches the rule.
    """
    decided: list[Case] = []
    for case in await open_cases(repository):
        if case.state != "waiting":
            continue
        judged, found, candidates = await judge(repository, case)
        if rule is None or judged.finding != "matched" or not rule(judged, found):
            continue
        patient = found.candidates[0].patient
        if await is_protected(repository, candidates[patient]):
            continue
        held = bases or load_legal_bases()
        if founded_classes(judged.request, held):
            decided.append(await _approve(repository, directory, judged, patient, False, held, by_rule=True))
    return decided


async def _case(repository: "Repository", id: str) -> Case:
    case = await load_case(repository, id)
    if case is None:
        raise Refused(404, [_no_such_case(id)])
    return case


def _no_such_case(id: str) -> Issue:
    return error(
        "not-found", f"There is no request {id[:64]!r}. See the inbox.", f"照会 {id[:64]} はありません。"
    )


def _no_such_person(patient: str) -> Issue:
    return error(
        "not-found",
        f"There is no Patient/{patient[:64]} here. Choose one of the candidates in the inbox.",
        f"Patient/{patient[:64]} はありません。受付箱の候補から選んでください。",
    )


def _decided(case: Case) -> Issue:
    return error(
        "conflict",
        f"The request {case.id} was already decided ({case.state}). Ask the other town for a new request.",
        f"照会 {case.id} は決定済みです（{case.state}）。相手の自治体に改めて照会してもらってください。",
    )


def _no_basis() -> Issue:
    return error(
        "business-rule",
        "No class of record in this request stands on a legal basis that this town holds. Reject it or call back.",
        "この照会には、当自治体の一覧にある法的根拠を持つ記録の種類がありません。却下するか電話で確認してください。",
    )
