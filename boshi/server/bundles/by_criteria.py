"""References by criteria in a transaction (R4 http §3.1.0.11.2).

The standard resolves them after everything else of the Bundle was done. So they are looked for among what is
stored, without what the Bundle deletes or updates, and among what the Bundle itself writes. What it writes is
judged by tokens only (identifiers, codes); for other criteria it is not seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from boshi.fhir.outcome import Issue, error, has_error
from boshi.fhir.search.criteria import LARGEST_COUNT, Search
from boshi.fhir.search.matching import can_tell, meets
from boshi.fhir.search.query import parse_search
from boshi.fhir.structure import check_structure
from boshi.server.bundles.entries import Entry, located
from boshi.server.call import Call, query_parameters, usable
from boshi.server.refusal import Refused


class Place(NamedTuple):
    """Where a reference by criteria stands: its entry, its FHIRPath in the resource, its Reference."""

    entry: Entry
    path: str
    holder: dict[str, Any]


async def resolve(call: Call, criteria: str, places: Sequence[Place], entries: Sequence[Entry]) -> None:
    """Settle the references with the same criteria, in place.

    `entries` are all that change something; those that are written have a fullUrl. 400 for criteria that cannot be
    read, 412 where they do not match exactly one resource.
    """
    first = places[0]
    try:
        search = _search(call, criteria)
        stored = await _stored(call, search, entries)
    except Refused as refusal:
        raise Refused(refusal.status, _at(refusal.issues, first), refusal.headers) from None
    found = stored + _written(search, entries, only_certain=bool(stored))
    if len(found) != 1:
        raise Refused(412, located([_not_one(criteria, len(found), first.path)], first.entry.place))
    for place in places:
        place.holder["reference"] = found[0]


def _search(call: Call, criteria: str) -> Search:
    type, _, query = criteria.partition("?")
    search: Search = usable(parse_search(type, query_parameters(query), bases=call.bases))
    return search


async def _stored(call: Call, search: Search, entries: Sequence[Entry]) -> list[str]:
    """The keys of two matches at most, without those that the Bundle changes."""
    changed = {entry.path for entry in entries if entry.method in ("PUT", "DELETE")}
    page = await call.repository.search(replace(search, count=min(2 + len(changed), LARGEST_COUNT)))
    keys = [f"{row.stored.type}/{row.stored.id}" for row in page.rows if row.mode == "match"]
    return [key for key in keys if key not in changed][:2]


def _written(search: Search, entries: Sequence[Entry], *, only_certain: bool) -> list[str]:
    """The fullUrls of entries that match; a create is not certain where it has a condition of its own."""
    if not can_tell(search):
        return []
    matching = [entry for entry in entries if _meets(entry, search)]
    certain = [entry.full_url for entry in matching if "if-none-exist" not in entry.conditions]
    conditional = {entry.conditions.get("if-none-exist"): entry.full_url for entry in matching}
    conditional.pop(None, None)
    return certain if only_certain else [*certain, *conditional.values()]


def _meets(entry: Entry, search: Search) -> bool:
    resource = entry.resource
    if resource is None or resource.get("resourceType") != search.resource_type:
        return False
    return not has_error(check_structure(resource)) and meets(resource, search)


def _at(issues: Iterable[Issue], place: Place) -> list[Issue]:
    told = (replace(issue, expression=place.path) for issue in issues)
    return located(told, place.entry.place)


def _not_one(criteria: str, found: int, place: str) -> Issue:
    type = criteria.partition("?")[0]
    how_many = "no resource" if found == 0 else "several resources"
    how_many_ja = "ありません" if found == 0 else "複数あります"
    return error(
        "not-found" if found == 0 else "multiple-matches",
        f"The reference by criteria to {type} matches {how_many}; it must match exactly one, stored or written by "
        "this Bundle. Mend the criteria, or refer to an entry of this Bundle by its fullUrl.",
        f"条件による {type} の参照に一致するリソースが{how_many_ja}。"
        "保存済みか、この Bundle で書くもののちょうど一つに一致しなければなりません。"
        "条件を直すか、Bundle 内の entry を fullUrl で参照してください。",
        place,
    )
