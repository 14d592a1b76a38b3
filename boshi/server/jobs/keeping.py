"""What a town's own file must not take away from a record that other towns know too."""

from typing import Any

from boshi.fhir.outcome import Resource
from boshi.mappings.compiling import Compiled
from boshi.mappings.export import says_the_same
from boshi.profiles.systems import BASE, PROTECTION, RECORD_CLASS

_OWN_TAGS = (RECORD_CLASS, PROTECTION)


def settled(resource: Resource, before: Resource, plan: Compiled) -> Resource:
    """What is stored of a row's `resource` where `before` stands: `before` itself when it was received from another
    town and the row says nothing else; otherwise the resource with what the town's files cannot hold.
    """
    if _is_received(before, plan.town) and says_the_same(plan, before, resource):
        return before
    return with_kept(resource, before, plan.town)


def _is_received(before: Resource, town: str) -> bool:
    return any(is_of_another_town(one.get("system", ""), town) for one in before.get("identifier", ()))


def with_kept(resource: Resource, before: Resource, town: str) -> Resource:
    """The resource with what `before` holds and no file of `town` can hold.

    Identifiers whose system ends in another 団体コード, links to persons who have a number in another town alone,
    and meta.source, tags and labels of systems that no layout writes. Returns `resource` itself when there is nothing
    to keep.
    """
    kept = dict(resource)
    identifiers = _others_identifiers(resource, before, town)
    if identifiers:
        kept["identifier"] = _in_order(before["identifier"], [*resource.get("identifier", ()), *identifiers])
    links = _links_to_others(resource, before, town)
    if links:
        kept["extension"] = [*links, *resource.get("extension", ())]
    meta = _meta(resource.get("meta", {}), before.get("meta", {}))
    if meta != resource.get("meta", {}):
        kept["meta"] = meta
    return kept if kept != resource else resource


def _others_identifiers(resource: Resource, before: Resource, town: str) -> list[Any]:
    own = list(resource.get("identifier", ()))
    return [
        identifier
        for identifier in before.get("identifier", ())
        if identifier not in own and is_of_another_town(identifier.get("system", ""), town)
    ]


def _links_to_others(resource: Resource, before: Resource, town: str) -> list[Any]:
    told = {extension.get("url") for extension in resource.get("extension", ())}
    return [
        extension
        for extension in before.get("extension", ())
        if extension.get("url") not in told and _leads_elsewhere(extension.get("valueReference", {}), town)
    ]


def _leads_elsewhere(reference: dict[str, Any], town: str) -> bool:
    system = reference.get("identifier", {}).get("system", "")
    return "reference" not in reference and is_of_another_town(system, town)


def is_of_another_town(system: str, town: str) -> bool:
    """Whether an identifier system is one of ours that stands for another 団体コード."""
    code = system.rsplit("/", 1)[-1]
    return system.startswith(f"{BASE}/id/") and len(code) == 6 and code.isdigit() and code != town


def _in_order(before: list[Any], wanted: list[Any]) -> list[Any]:
    """The wanted identifiers, those that stood there before in the order in which they stood."""
    return [one for one in before if one in wanted] + [one for one in wanted if one not in before]


def _meta(meta: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    merged = dict(meta)
    for name in ("tag", "security"):
        others = [one for one in before.get(name, ()) if one.get("system") not in _OWN_TAGS]
        if others:
            merged[name] = [*meta.get(name, ()), *(one for one in others if one not in meta.get(name, ()))]
    for name in ("source", "profile", "extension"):
        if name in before and name not in meta:
            merged[name] = before[name]
    return merged
