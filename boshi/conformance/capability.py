"""The CapabilityStatement (R4 §5.2): what is routed, and what the catalogue can search."""

from collections.abc import Iterable
from typing import Any, Final

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Resource
from boshi.fhir.search.catalogue import Parameter
from boshi.fhir.search.query import searchable

_TYPE_LEVEL: Final = "http://hl7.org/fhir/ValueSet/type-restful-interaction"
_SYSTEM_LEVEL: Final = "http://hl7.org/fhir/ValueSet/system-restful-interaction"


def capability_statement(
    interactions: Iterable[str],
    *,
    base_url: str,
    version: str,
    date: str,
    conditional_create: bool = False,
    update_create: bool = False,
) -> Resource:
    """The statement of one base address.

    `interactions` are the codes that are routed, in any order and number; those that the value sets of
    CapabilityStatement do not have (capabilities itself) are passed over. `version` and `date` (a dateTime)
    are those of the software. A type has all parameters that `parse_search` takes, where search-type is routed.
    """
    routed = frozenset(interactions)
    features: Resource = {"conditionalCreate": conditional_create, "updateCreate": update_create}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "boshi", "version": version},
        "implementation": {"description": "boshi 母子保健 FHIR サーバー", "url": base_url},
        "fhirVersion": definitions().fhir_version,
        "format": ["json", "application/fhir+json"],
        "rest": [_rest(routed, features)],
    }


def _rest(routed: frozenset[str], features: Resource) -> Resource:
    searched = "search-type" in routed
    types = definitions().resource_types
    pointing = _pointing(types) if searched else {}
    rest: Resource = {
        "mode": "server",
        "resource": [_resource(name, routed, features, pointing if searched else None) for name in types],
    }
    system = _codes(routed, _SYSTEM_LEVEL)
    return {**rest, "interaction": system} if system else rest


def _codes(routed: frozenset[str], value_set: str) -> list[Resource]:
    known = definitions().value_set_codes(value_set) or frozenset()
    return [{"code": code} for code in sorted(routed & known)]


def _resource(
    name: str, routed: frozenset[str], features: Resource, pointing: dict[str, list[str]] | None
) -> Resource:
    described: dict[str, Any] = {
        "type": name,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{name}",
        "interaction": _codes(routed, _TYPE_LEVEL),
        "versioning": "versioned-update" if {"vread", "update"} <= routed else "no-version",
        "readHistory": "vread" in routed,
        **features,
    }
    if pointing is not None:
        known = searchable(name)
        described["searchInclude"] = [f"{name}:{p.code}" for p in known.values() if p.type == "reference"]
        described["searchRevInclude"] = pointing.get(name)
        described["searchParam"] = [_search_parameter(parameter) for parameter in known.values()]
    return {key: value for key, value in described.items() if value not in (None, [])}


def _search_parameter(parameter: Parameter) -> Resource:
    return {"name": parameter.code, "definition": parameter.url, "type": parameter.type}


def _pointing(types: tuple[str, ...]) -> dict[str, list[str]]:
    """Type -> the parameters of other types that can point to it, as _revinclude writes them."""
    found: dict[str, list[str]] = {}
    for name in types:
        for parameter in searchable(name).values():
            if parameter.type == "reference":
                targets = [parameter.only] if parameter.only else parameter.targets
                for target in targets:
                    found.setdefault(target, []).append(f"{name}:{parameter.code}")
    return found
