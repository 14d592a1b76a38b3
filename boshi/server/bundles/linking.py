"""References between the entries of a transaction, and by criteria (R4 http §3.1.0.11.2).

The repository rewrites references to a fullUrl, for it alone knows the ids in the end. What it cannot know is
settled here: relative references below a fullUrl's own base, references by criteria, references to nothing.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from boshi.fhir.outcome import Issue, error
from boshi.fhir.references import parse_reference, references
from boshi.server.bundles.by_criteria import Place, resolve
from boshi.server.bundles.entries import Entry, located
from boshi.server.call import Call
from boshi.server.refusal import Refused

_BASE_OF_FULL_URL: Final = re.compile(r"(https?://.+/)[A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


async def link(call: Call, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries, with a fullUrl where a reference by criteria may need it; references are settled in place.

    400 for a urn that no entry has as its fullUrl, 412 for criteria that do not match exactly one resource.
    """
    writing = [entry for entry in entries if entry.resource is not None]
    full_urls = {entry.full_url for entry in writing}
    conditional: dict[str, list[Place]] = {}
    dangling: list[Issue] = []
    for entry, place, holder in _references(writing):
        target = parse_reference(holder["reference"])
        if target.text.partition("#")[0] in full_urls:
            continue
        if target.kind == "urn":
            dangling += located([_to_nothing(target.text, place)], entry.place)
        elif target.kind == "conditional":
            conditional.setdefault(target.text, []).append(Place(entry, place, holder))
        elif target.kind == "relative" and (absolute := _absolute(entry, target.text)) in full_urls:
            holder["reference"] = absolute
    if dangling:
        raise Refused(400, dangling)
    if not conditional:
        return entries
    named = [_with_full_url(entry) for entry in entries]
    for criteria, places in conditional.items():
        await resolve(call, criteria, places, named)
    return named


def _with_full_url(entry: Entry) -> Entry:
    return entry if entry.full_url or entry.resource is None else replace(entry, full_url=uuid4().urn)


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
