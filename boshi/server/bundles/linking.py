"""References between the entries of a transaction, and by criteria (R4 http §3.1.0.11.2).

The repository rewrites references to a fullUrl, for it alone knows the ids in the end. What it cannot know is
settled here: relative references below a fullUrl's own base, references by criteria, references to nothing.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from boshi.fhir.outcome import Issue, error
from boshi.fhir.references import parse_reference, references
from boshi.fhir.search.criteria import Search
from boshi.fhir.search.query import parse_search
from boshi.server.bundles.entries import Entry, located
from boshi.server.call import Call, query_parameters, usable
from boshi.server.refusal import Refused

_BASE_OF_FULL_URL: Final = re.compile(r"(https?://.+/)[A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


async def link(call: Call, entries: Iterable[Entry]) -> None:
    """Settle the references in the entries' resources, in place.

    400 for a urn that no entry has as its fullUrl, 412 for criteria that do not match exactly one resource.
    """
    writing = [entry for entry in entries if entry.resource is not None]
    full_urls = {entry.full_url for entry in writing}
    conditional: dict[str, list[tuple[Entry, str, dict[str, Any]]]] = {}
    dangling: list[Issue] = []
    for entry, place, holder in _references(writing):
        target = parse_reference(holder["reference"])
        if target.text.partition("#")[0] in full_urls:
            continue
        if target.kind == "urn":
            dangling += located([_to_nothing(target.text, place)], entry.place)
        elif target.kind == "conditional":
            conditional.setdefault(target.text, []).append((entry, place, holder))
        elif target.kind == "relative" and (absolute := _absolute(entry, target.text)) in full_urls:
            holder["reference"] = absolute
    if dangling:
        raise Refused(400, dangling)
    for criteria, places in conditional.items():
        await _resolve(call, criteria, places)


def refuse_links(entry: Entry, full_urls: Collection[str]) -> None:
    """400 where an entry of a batch refers to another of its entries: they are carried out apart."""
    linked = [
        _across_a_batch(holder["reference"], place)
        for _, place, holder in _references([entry])
        if holder["reference"] in full_urls
    ]
    if linked:
        raise Refused(400, linked)


def _references(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str, dict[str, Any]]]:
    for entry in entries:
        for place, holder in references(entry.resource or {}):
            yield entry, place, holder


def _absolute(entry: Entry, target: str) -> str | None:
    match = _BASE_OF_FULL_URL.fullmatch(entry.full_url)
    return match.group(1) + target if match else None


async def _resolve(call: Call, criteria: str, places: list[tuple[Entry, str, dict[str, Any]]]) -> None:
    type, _, query = criteria.partition("?")
    entry, place, _ = places[0]
    try:
        pairs = [*query_parameters(query), ("_count", "2")]
        search: Search = usable(parse_search(type, pairs, bases=call.bases))
        page = await call.repository.search(search)
    except Refused as refusal:
        raise Refused(refusal.status, _at(refusal.issues, entry, place), refusal.headers) from None
    found = [row.stored for row in page.rows if row.mode == "match"]
    if len(found) != 1:
        raise Refused(412, located([_not_one(criteria, len(found), place)], entry.place))
    for _, _, holder in places:
        holder["reference"] = f"{found[0].type}/{found[0].id}"


def _at(issues: Iterable[Issue], entry: Entry, place: str) -> list[Issue]:
    told = (Issue(issue.severity, issue.code, issue.text, issue.text_ja, place) for issue in issues)
    return located(told, entry.place)


def _to_nothing(target: str, place: str) -> Issue:
    return error(
        "not-found",
        f"{target[:80]} refers to nothing: no entry of this Bundle has it as its fullUrl. "
        "Add that entry, or refer to a stored resource as Type/id.",
        f"{target[:80]} の参照先がありません。これを fullUrl とする entry が Bundle にありません。"
        "その entry を加えるか、保存済みのリソースを Type/id で参照してください。",
        place,
    )


def _across_a_batch(target: str, place: str) -> Issue:
    return error(
        "business-rule",
        f"{target[:80]} is another entry of this batch, and entries of a batch cannot refer to each other. "
        "Send them as a transaction.",
        f"{target[:80]} は同じバッチの別の entry です。バッチの entry は互いに参照できません。"
        "transaction として送ってください。",
        place,
    )


def _not_one(criteria: str, found: int, place: str) -> Issue:
    type = criteria.partition("?")[0]
    how_many = "no stored resource" if found == 0 else "several stored resources"
    how_many_ja = "ありません" if found == 0 else "複数あります"
    return error(
        "not-found" if found == 0 else "multiple-matches",
        f"The reference by criteria to {type} matches {how_many}; it must match exactly one. "
        "Mend the criteria, or refer to an entry of this Bundle by its fullUrl.",
        f"条件による {type} の参照に一致する保存済みリソースが{how_many_ja}。ちょうど一つに一致しなければなりません。"
        "条件を直すか、Bundle 内の entry を fullUrl で参照してください。",
        place,
    )
