"""The entries of a batch or transaction that came in, read and checked one by one (R4 http §3.1.0.11)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from boshi.fhir.outcome import Issue, Resource, error, has_error
from boshi.fhir.structure import check_structure
from boshi.server.refusal import Refused

METHODS: Final = ("DELETE", "POST", "PUT", "GET", "HEAD")
"""In the order a batch carries them out."""
MOST_ENTRIES: Final = 5_000
"""More would keep everybody else waiting, and a transaction of so many would not end in time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `path` is below the base, without slashes at its ends; `query` without its ?."""

    index: int
    method: str
    path: str
    query: str
    full_url: str
    resource: Resource | None
    conditions: dict[str, str]

    @property
    def place(self) -> str:
        """The FHIRPath of this entry."""
        return f"Bundle.entry[{self.index}]"

    @property
    def changes(self) -> bool:
        """Whether it writes; a search by POST does not."""
        return self.method in ("DELETE", "POST", "PUT") and not self.path.endswith("/_search")


_NOTHING_ELSE: Final = {"id": "nothing-but-a-resource"}
"""Stands for an entry that holds a resource alone: not empty, so that the missing request is what is told."""
_CONDITIONS: Final = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifModifiedSince": "if-modified-since",
    "ifNoneExist": "if-none-exist",
}


def read_entries(bundle: Resource, base: str) -> list[Entry]:
    """The entries of a Bundle. 400 with every place where the Bundle's own structure is wrong."""
    issues = check_structure(_shell(bundle))
    if has_error(issues):
        raise Refused(400, issues)
    if len(bundle.get("entry", [])) > MOST_ENTRIES:
        raise Refused(413, [_too_many(len(bundle["entry"]))])
    entries = [_entry(index, raw, base) for index, raw in enumerate(bundle.get("entry", []))]
    wrong = [issue for issue in map(_problem, entries) if issue] + list(_doubled(entries))
    if wrong:
        raise Refused(400, wrong)
    return entries


def located(issues: Iterable[Issue], place: str) -> list[Issue]:
    """The issues of an entry's resource, told from the Bundle's root."""
    return [replace(issue, expression=_from_root(issue.expression, place)) for issue in issues]


def _from_root(expression: str, place: str) -> str:
    if expression.startswith("Bundle."):
        return expression
    if not expression:
        return place
    root, dot, rest = expression.partition(".")
    inside = rest if root[:1].isupper() else f"{root}{dot}{rest}"
    return f"{place}.resource.{inside}" if inside else f"{place}.resource"


def _shell(bundle: Resource) -> Resource:
    """The Bundle without the resources in it: each of those is checked when it is stored."""
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return bundle
    bare = [_without_resource(entry) if isinstance(entry, dict) else entry for entry in entries]
    return {**bundle, "entry": bare}


def _without_resource(entry: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in entry.items() if name != "resource"}
    return rest if rest or not entry else _NOTHING_ELSE


def _entry(index: int, raw: dict[str, Any], base: str) -> Entry:
    request = raw.get("request", {})
    path, _, query = str(request.get("url", "")).removeprefix(base).partition("?")
    return Entry(
        index=index,
        method=request.get("method", ""),
        path=path.strip("/"),
        query=query,
        full_url=raw.get("fullUrl", ""),
        resource=raw.get("resource"),
        conditions={header: request[name] for name, header in _CONDITIONS.items() if name in request},
    )


def _problem(entry: Entry) -> Issue | None:
    if not entry.method:
        return error(
            "required",
            "The entry has no request with method and url; say what to do with it.",
            "entry に request(method と url)がありません。何をするのか書いてください。",
            f"{entry.place}.request",
        )
    if entry.method not in METHODS:
        return error(
            "not-supported",
            f"{entry.method} is not offered in a Bundle; offered: {', '.join(METHODS)}.",
            f"Bundle の中で {entry.method} は使えません。使えるのは {', '.join(METHODS)} です。",
            f"{entry.place}.request.method",
        )
    if entry.changes and entry.method != "DELETE":
        return _resource_problem(entry)
    return None


def _resource_problem(entry: Entry) -> Issue | None:
    if isinstance(entry.resource, dict):
        return None
    return error(
        "required",
        f"{entry.method} needs a resource, an object; the entry has none.",
        f"{entry.method} には resource(オブジェクト)が必要ですが、entry にありません。",
        f"{entry.place}.resource",
    )


def _too_many(found: int) -> Issue:
    return error(
        "too-costly",
        f"The Bundle has {found:,} entries; at most {MOST_ENTRIES:,} are taken. Split it.",
        f"Bundle の entry が {found:,} 個あります。{MOST_ENTRIES:,} 個までです。分割してください。",
        "Bundle.entry",
    )


def _names_its_target(entry: Entry) -> bool:
    return entry.method in ("PUT", "DELETE") and not entry.query


def _doubled(entries: list[Entry]) -> Iterable[Issue]:
    """Issues for entries that share a fullUrl (bdl-7), or change the same resource twice."""
    urls = Counter(entry.full_url for entry in entries if entry.full_url and entry.method != "GET")
    targets = Counter(entry.path for entry in entries if _names_its_target(entry))
    for entry in entries:
        if urls[entry.full_url] > 1:
            yield error(
                "duplicate",
                f"Several entries have the fullUrl {entry.full_url[:120]!r}. Give each its own.",
                f"fullUrl {entry.full_url[:120]!r} が重なっています。entry ごとに別の urn:uuid などを付けてください。",
                f"{entry.place}.fullUrl",
            )
        if _names_its_target(entry) and targets[entry.path] > 1:
            yield error(
                "duplicate",
                f"Several entries change {entry.path[:120]}; a Bundle may change a resource once.",
                f"{entry.path[:120]} を変える entry が複数あります。一つの Bundle で変えられるのは一度だけです。",
                f"{entry.place}.request.url",
            )
