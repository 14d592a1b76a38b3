"""One call of one FHIR interaction, and its answer: what a handler gets and gives.

A call comes from HTTP or from an entry of a Bundle; a handler cannot tell which.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl

from boshi.fhir.outcome import Issue, Problems, Resource, error
from boshi.server.negotiation import Preferences, preferences
from boshi.server.refusal import Refused

if TYPE_CHECKING:
    from boshi.server.changes import Stored
    from boshi.server.repository import Repository

MAX_QUERY_FIELDS = 500


@dataclass(slots=True)
class Answer:
    """What goes back: `headers` in lower case; `body` are the bytes as they leave.

    `stored` is the version that was read or written, where it is one.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stored: "Stored | None" = None


@dataclass(slots=True)
class Call:
    """One interaction on one town's FHIR base, asked by the repository's requester.

    `base` is the absolute URL of the town's base without a slash at its end; `headers` have lower-case
    names; `load` gives the decoded resource of the body and refuses what cannot be decoded.
    """

    method: str
    base: str
    repository: "Repository"
    load: Callable[[], Awaitable[Resource]]
    dispatch: "Callable[[Call, str], Awaitable[Answer]]"
    headers: Mapping[str, str]
    type: str = ""
    id: str = ""
    version: str = ""
    query: str = ""
    form: Callable[[], Awaitable[str]] | None = None
    statement: Callable[[str], bytes] | None = None
    request_id: str = ""

    @property
    def prefer(self) -> Preferences:
        """The Prefer header, read."""
        return preferences(self.headers.get("prefer", ""))

    @property
    def bases(self) -> tuple[str, ...]:
        """Every address that stands for the town's base, the one of this call first."""
        return (self.base, *self.repository.rules.bases)

    def parameters(self) -> list[tuple[str, str]]:
        """The query's parameters in order, percent-decoded. 400 where they are not UTF-8."""
        return query_parameters(self.query)

    def url(self, type: str, id: str, version: int | None = None) -> str:
        """The absolute URL of a resource, or of one version of it."""
        plain = f"{self.base}/{type}/{id}"
        return plain if version is None else f"{plain}/_history/{version}"


Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]


def query_parameters(query: str) -> list[tuple[str, str]]:
    """Name and value of each parameter of a query string or form (RFC 3986, form encoding)."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_QUERY_FIELDS
        )
    except UnicodeDecodeError:
        raise Refused(400, [_not_utf8()]) from None
    except ValueError:
        raise Refused(400, [_too_many_parameters()]) from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Refused(400, [_nul_byte()])
    return pairs


def stored_headers(call: Call, stored: "Stored") -> dict[str, str]:
    """ETag, Last-Modified and Content-Location of one stored version (R4 http §3.1.0.5)."""
    return {
        "etag": f'W/"{stored.version}"',
        "last-modified": format_datetime(stored.updated, usegmt=True),
        "content-location": call.url(stored.type, stored.id, stored.version),
    }


def usable(outcome: Any) -> Any:
    """The result of a pure function, or its Problems as a refusal with status 400."""
    if isinstance(outcome, Problems):
        raise Refused(400, outcome.issues)
    return outcome


def _not_utf8() -> Issue:
    return error(
        "invalid",
        "The query is not percent-encoded UTF-8. Encode Japanese text as UTF-8 before percent-encoding it.",
        "クエリー文字列が UTF-8 のパーセント符号化ではありません。日本語は UTF-8 にしてから符号化してください。",
    )


def _too_many_parameters() -> Issue:
    return error(
        "too-costly",
        f"The query has more than {MAX_QUERY_FIELDS} parameters. Split it into several requests.",
        f"クエリーのパラメータが {MAX_QUERY_FIELDS} 個を超えています。要求を分けてください。",
    )


def _nul_byte() -> Issue:
    return error(
        "invalid",
        "The query contains a NUL character (%00). Remove it.",
        "クエリーに NUL 文字 (%00) があります。取り除いてください。",
    )
