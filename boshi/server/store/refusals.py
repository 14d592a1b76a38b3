"""What the store answers when it does not write: each refusal with its status, reason and remedy."""

from collections.abc import Iterable
from typing import Final

from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from boshi.fhir.outcome import Resource, error
from boshi.fhir.references import parse_reference, references
from boshi.server.refusal import Refused

_TOO_LARGE: Final = frozenset({10334, 17419, 17420})
_DISK_FULL: Final = 14031
_PASSING: Final = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")


def unavailable(retry_after: int = 2) -> Refused:
    """503: MongoDB does not answer, or the writes before this one are too many."""
    return Refused(
        503,
        [
            error(
                "transient",
                "The database is not answering or is too busy; nothing of this request was confirmed. Try it again.",
                "データベースが応答しないか混雑しています。この要求は確定していません。もう一度送ってください。",
            )
        ],
        {"Retry-After": str(retry_after)},
    )


def of_database(problem: PyMongoError) -> Refused | None:
    """The refusal that a failure of MongoDB becomes; None for one that nobody foresaw, which is a bug."""
    if isinstance(problem, DocumentTooLarge) or _code(problem) in _TOO_LARGE:
        return too_large("the resource")
    if isinstance(problem, ExecutionTimeout):
        return Refused(504, [error(
            "timeout",
            "The request took longer than it may. Ask for less at once: fewer criteria, a smaller _count.",
            "要求が制限時間を超えました。条件や _count を減らしてください。",
        )])  # fmt: skip
    if _code(problem) == _DISK_FULL:
        return unavailable(retry_after=60)
    if isinstance(problem, ConfigurationError | ConnectionFailure | WTimeoutError) or any(
        map(problem.has_error_label, _PASSING)
    ):
        return unavailable()
    return None


def _code(problem: PyMongoError) -> int | None:
    return problem.code if isinstance(problem, OperationFailure) else None


def too_large(key: str) -> Refused:
    """413: the stored document would be larger than MongoDB holds."""
    return Refused(413, [error(
        "too-long",
        f"With its index entries {key} is larger than the 16 MB a stored resource may have. Split it.",
        f"{key} は索引を含めると、保存できる上限の 16 MB を超えます。分割してください。",
    )])  # fmt: skip


def version_mismatch(key: str, expected: int, found: int | None) -> Refused:
    """412: If-Match names another version than the current one (R4 http §3.1.0.5)."""
    now = f"is at version {found}" if found else "does not exist"
    now_ja = f"の現在の版は {found} です" if found else "は存在しません"
    asked = f"for version {expected}" if expected else "that it does not exist yet"
    asked_ja = f"版 {expected}" if expected else "まだ存在しないこと"
    return Refused(412, [error(
        "conflict",
        f"{key} {now}, but the request asks {asked}. Read it again and repeat the change on what is there now.",
        f"{key} {now_ja}。要求の条件は{asked_ja}です。読み直してから変更をやり直してください。",
    )])  # fmt: skip


def missing_references(key: str, resource: Resource, missing: frozenset[str]) -> Refused:
    """422: local references of the resource that lead nowhere, each with its place."""
    nowhere = [
        (place, target)
        for place, holder in references(resource)
        if (target := parse_reference(holder["reference"]).key) in missing
    ]
    return Refused(422, [
        error(
            "not-found",
            f"{key} refers to {target}, which does not exist here. Write {target} first, or in the same transaction.",
            f"{key} が参照する {target} は存在しません。先に登録するか、同じトランザクションに含めてください。",
            place,
        )
        for place, target in nowhere
    ])  # fmt: skip


def still_referenced(key: str, by: Iterable[str]) -> Refused:
    """409: a resource that others refer to is not deleted."""
    examples = ", ".join(sorted(by))
    return Refused(409, [error(
        "conflict",
        f"{key} is referred to by {examples}, so it is not deleted. Change or delete those first.",
        f"{key} は {examples} から参照されているため削除できません。先にそれらを変更または削除してください。",
    )])  # fmt: skip


def several_match(resource_type: str) -> Refused:
    """412: the criteria of a conditional write match more than one resource."""
    return Refused(412, [error(
        "multiple-matches",
        f"More than one {resource_type} matches the condition. Make it narrower, for example by identifier.",
        f"条件に合う {resource_type} が複数あります。identifier などで絞り込んでください。",
    )])  # fmt: skip


def written_twice(key: str) -> Refused:
    """400: one transaction changes the same resource twice (R4 http §3.1.0.11.2)."""
    return Refused(400, [error(
        "duplicate",
        f"{key} is changed twice in one transaction. Keep one of the changes.",
        f"一つのトランザクションで {key} が 2 回変更されています。1 回にしてください。",
    )])  # fmt: skip


def desk_conflict(desk: str, key: str) -> Refused:
    """409: a value on a desk is not at the version that was expected."""
    return Refused(409, [error(
        "conflict",
        f"{key} on the desk {desk} was changed by another writer. Read it again.",
        f"{desk} の {key} は別の処理が変更しました。読み直してください。",
    )])  # fmt: skip
