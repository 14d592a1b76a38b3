"""What a token parameter finds in a node (R4 §3.1.1.4.10): (system, code) pairs."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from boshi.fhir.definitions import definitions
from boshi.fhir.path import Node
from boshi.fhir.path.parser import parse
from boshi.fhir.path.syntax import Invocation, Member, Syntax


def tokens(node: Node, systems: Mapping[str, str]) -> list[tuple[str | None, str]]:
    """The (system, code) pairs of a node; `systems` gives the system that a bare code implies.

    A CodeableConcept gives all its codings, an Identifier its value, a ContactPoint its value without system.
    """
    value = node.value
    if isinstance(value, str):
        return [(systems.get(value), value)]
    if isinstance(value, bool):
        return [(None, "true" if value else "false")]
    if not isinstance(value, dict):
        return [] if value is None else [(None, str(value))]
    if node.type == "CodeableConcept":
        return [pair for coding in _items(value.get("coding")) for pair in _pair(coding, "code")]
    if node.type == "Coding":
        return _pair(value, "code")
    if node.type == "ContactPoint":
        return [(None, value["value"])] if isinstance(value.get("value"), str) else []
    return _pair(value, "value") if node.type == "Identifier" else []


@cache
def implied_systems(resource_type: str, expression: str) -> Mapping[str, str]:
    """Code -> system for an expression that is one path to a `code` with a required binding; else empty."""
    names = _path(parse(expression))
    if not names or names[0] != resource_type:
        return {}
    element, holder = None, resource_type
    for name in names[1:]:
        element = definitions().types[holder].elements.get(name) if holder in definitions().types else None
        if element is None:
            return {}
        holder = element.types[0]
    if element is None or element.types != ("code",) or element.binding is None:
        return {}
    systems = definitions().value_set_systems(element.binding) or {}
    return {code: system for system, codes in systems.items() for code in codes}


def _path(tree: Syntax) -> list[str]:
    if isinstance(tree, Member):
        return [tree.name]
    if isinstance(tree, Invocation) and isinstance(tree.step, Member) and (before := _path(tree.target)):
        return [*before, tree.step.name]
    return []


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _pair(held: dict[str, Any], name: str) -> list[tuple[str | None, str]]:
    system, code = held.get("system"), held.get(name)
    system = system if isinstance(system, str) else None
    if isinstance(code, str):
        return [(system, code)]
    return [(system, "")] if system else []
