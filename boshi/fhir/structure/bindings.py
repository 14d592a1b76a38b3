"""Required bindings of coded elements other than `code`: CodeableConcept, Coding, Quantity."""

from collections.abc import Mapping
from typing import Any

from boshi.fhir.definitions import definitions
from boshi.fhir.structure.found import Check, Found, not_in_value_set


def bound(check: Check, type_name: str, url: str) -> Check:
    """The check and then the binding; a value set that cannot be enumerated leaves the check as it is."""
    systems = definitions().value_set_systems(url)
    if systems is None or type_name != "CodeableConcept":
        return check

    def check_bound(value: Any) -> list[Found] | None:
        found = check(value)
        if found is not None or "extension" in value:
            return found
        codings = value.get("coding", ())
        if any(_is_in(coding, systems) for coding in codings):
            return None
        told = ", ".join(str(coding.get("code")) for coding in codings) or None
        return not_in_value_set(told, (code for codes in systems.values() for code in codes), url)

    return check_bound


def _is_in(coding: dict[str, Any], systems: Mapping[str, frozenset[str]]) -> bool:
    return coding.get("code") in systems.get(coding.get("system", ""), ())
