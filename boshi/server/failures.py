"""What may go wrong below a handler, as a refusal: the database away, too slow, or a bug."""

from types import TracebackType
from typing import Any

import structlog
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    WTimeoutError,
)

from boshi.fhir.outcome import error
from boshi.server.refusal import Refused
from boshi.server.store.unavailable import StoreUnavailable

_RETRY_AFTER_SECONDS = "5"
_log = structlog.get_logger("boshi.failures")


def refusal_of(failure: Exception, request_id: str) -> Refused:
    """The refusal a client gets for `failure`; 500 for one that nobody foresaw: a bug, which is logged."""
    if isinstance(failure, Refused):
        return failure
    if isinstance(failure, TimeoutError | ExecutionTimeout | NetworkTimeout | WTimeoutError):
        return too_slow()
    if isinstance(failure, StoreUnavailable | ConfigurationError | ConnectionFailure):
        return database_away()
    if isinstance(failure, DocumentTooLarge):
        return _document_too_large()
    if isinstance(failure, PyMongoError) and failure.has_error_label("TransientTransactionError"):
        return _busy()
    _log.error("unforeseen", request=request_id, **_whereabouts(failure))
    return _unforeseen(request_id)


def database_away() -> Refused:
    """503: MongoDB does not answer, or its indexes do not exist yet."""
    return Refused(503, [error(
        "transient",
        "The database does not answer, or is still starting. Nothing was changed; try again in a few seconds.",
        "データベースが応答しないか、起動中です。何も変わっていません。数秒後にもう一度送ってください。",
    )], {"retry-after": _RETRY_AFTER_SECONDS})  # fmt: skip


def too_slow() -> Refused:
    """504: the time limit of a request was reached."""
    return Refused(504, [error(
        "timeout",
        "The request took longer than this server allows. Narrow the search or send a smaller Bundle; "
        "read before you repeat a write.",
        "要求が制限時間を超えました。検索を絞るか、Bundle を小さくしてください。"
        "書き込みは、読んで確かめてから繰り返してください。",
    )])  # fmt: skip


def _busy() -> Refused:
    return Refused(503, [error(
        "lock-error",
        "Others kept changing the same resources. Nothing was changed; try again.",
        "同じリソースへの変更が続いています。何も変わっていません。もう一度送ってください。",
    )], {"retry-after": "1"})  # fmt: skip


def _document_too_large() -> Refused:
    return Refused(413, [error(
        "too-long",
        "The resource and its search entries together are larger than the database takes (16 MB). Split it.",
        "リソースと検索項目を合わせるとデータベースの上限(16 MB)を超えます。分割してください。",
    )])  # fmt: skip


def _unforeseen(request_id: str) -> Refused:
    return Refused(500, [error(
        "exception",
        f"This is a fault of the server, not of the request. Report it with the request id {request_id}.",
        f"これは要求ではなくサーバーの不具合です。要求番号 {request_id} を添えて知らせてください。",
    )])  # fmt: skip


def _whereabouts(failure: Exception) -> dict[str, Any]:
    """Type of an exception and the lines it passed: what helps to mend it, without any data."""
    passed = []
    trace: TracebackType | None = failure.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        passed.append(f"{code.co_filename.rpartition('boshi/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return {"exception": type(failure).__name__, "passed": passed[-12:]}
