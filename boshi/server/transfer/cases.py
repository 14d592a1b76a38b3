"""The desk of the town that is asked: one case for each request. Who asked stands here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Issue, Problems, Resource, error
from boshi.profiles.systems import BASE
from boshi.server.changes import Change, DeskDelete, DeskPut, Update
from boshi.server.refusal import Refused
from boshi.server.requester import Requester
from boshi.server.transfer.asking import TransferRequest, from_parameters
from boshi.server.transfer.finding import every_kept

if TYPE_CHECKING:
    from boshi.server.repository import Repository

CASES: Final = "transfer-case"
OPEN: Final = "transfer-open"
TRANSFER_DESK: Final = Requester("transfer-desk", "transfer desk", "system")
"""The writer of every neutral Task: the journal never learns which town asked."""
RESPONSIBLE: Final = frozenset({"administrator", "transfer-desk"})
"""Roles of the responsible staff."""

State: TypeAlias = Literal["waiting", "approved", "rejected", "delivered"]
Finding: TypeAlias = Literal["", "matched", "ambiguous", "unknown", "protected"]


@dataclass(frozen=True, slots=True)
class Case:
    """One request at the town that is asked. `parameters` is the request as it came (JSON).

    `finding` is empty until the desk has looked. `digest` and `count` describe the document that was made.
    """

    id: str
    received: str
    parameters: str
    state: State = "waiting"
    finding: Finding = ""
    candidates: tuple[str, ...] = ()
    patient: str = ""
    decided: str = ""
    decided_by: str = ""
    by_rule: bool = False
    reason: str = ""
    classes: tuple[str, ...] = ()
    held_back: int = 0
    unclassified: int = 0
    digest: str = ""
    count: int = 0
    parts: int = 0
    version: int = field(default=0, compare=False)

    def becoming(self, state: State, **changes: Any) -> "Case":
        """This case in another state."""
        return replace(self, state=state, **changes)

    @property
    def request(self) -> TransferRequest:
        """What was asked, and by whom."""
        told = decode(self.parameters.encode())
        request = told if isinstance(told, Problems) else from_parameters(told)
        if isinstance(request, Problems):
            raise Refused(500, request.issues)
        return request


def new_case(id: str, parameters: Resource, now: datetime) -> Case:
    """A case that nobody has looked at."""
    return Case(id=id, received=instant(now), parameters=encode(parameters).decode())


def instant(now: datetime) -> str:
    """An instant of fixed length, UTC."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


_STATUS: Final[Mapping[str, str]] = {
    "waiting": "requested",
    "approved": "in-progress",
    "delivered": "completed",
    "rejected": "rejected",
}
_CALL_BACK: Final = "提供できません。公表されている代表電話にお問い合わせください。"


def task_of(case: Case) -> Resource:
    """The Task of a case, for the town that asks and for the store alike: no person, no town, no reason.

    The statuses: `requested` until staff or a rule decides, whatever was found; `in-progress` when the document
    waits to be fetched; `completed` once its arrival was confirmed; `rejected` in the same words for every reason.
    """
    told: Resource = {
        "resourceType": "Task",
        "id": case.id,
        "status": _STATUS[case.state],
        "intent": "order",
        "code": {
            "coding": [{"system": f"{BASE}/CodeSystem/task", "code": "transfer"}],
            "text": "母子保健記録の照会",
        },
        "authoredOn": case.received,
        "lastModified": case.decided or case.received,
    }
    if case.state == "rejected":
        told["statusReason"] = {"text": _CALL_BACK}
    if case.state in ("approved", "delivered"):
        told["output"] = [
            {"type": {"text": "sha256"}, "valueString": case.digest},
            {"type": {"text": "count"}, "valueInteger": case.count},
        ]
    return told


def case_changes(case: Case) -> list[Change]:
    """What to write when a case changes: the case, its neutral Task, and whether it is still open."""
    value = {name.name: getattr(case, name.name) for name in fields(case) if name.name != "version"}
    listed = {name: list(item) if isinstance(item, tuple) else item for name, item in value.items()}
    changes: list[Change] = [
        DeskPut(CASES, case.id, listed, if_version=case.version),
        Update(task_of(case)),
    ]
    if case.state in ("waiting", "approved"):
        return [*changes, DeskPut(OPEN, case.id, {})]
    return [*changes, DeskDelete(OPEN, case.id)]


async def load_case(repository: "Repository", id: str) -> Case | None:
    """The case with this id."""
    found = await repository.desk(CASES).get(id)
    return read_case(found.value, found.version) if found else None


async def open_cases(repository: "Repository") -> list[Case]:
    """Every case that waits for a decision or to be fetched, oldest first."""
    keys = [found.key for found in await every_kept(repository, OPEN)]
    cases = [await load_case(repository, key) for key in keys]
    return sorted((case for case in cases if case is not None), key=lambda case: case.received)


def read_case(value: Mapping[str, Any], version: int) -> Case:
    """The case of a desk value."""
    told = dict(value)
    for name in ("candidates", "classes"):
        told[name] = tuple(told.get(name, ()))
    return replace(Case(**told), version=version)


def ensure_responsible(repository: "Repository") -> None:
    """403 for anybody but the responsible staff."""
    if repository.requester.role not in RESPONSIBLE:
        raise Refused(403, [_not_responsible()])


def _not_responsible() -> Issue:
    return error(
        "forbidden",
        "Only the responsible staff sees requests of other towns. Ask the transfer desk.",
        "他の自治体からの照会は担当者だけが見られます。転出入の担当者に依頼してください。",
    )
