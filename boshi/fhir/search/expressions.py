"""What the catalogue must know of a search parameter's expression, without evaluating it.

Standard expressions are unions of parts such as `Observation.code`, `(Condition.onset as Age)`,
`Composition.subject.where(resolve() is Patient)`. Here they are taken apart as text: which parts concern a
type, which elements a part walks, whether it can give more than one value.
"""

import re
from collections.abc import Mapping
from typing import Final

from boshi.fhir.definitions import Definitions, Element

_ROOT: Final = re.compile(r"\(*\s*([A-Za-z]\w*)")
_ONE_TYPE: Final = re.compile(r"(?P<path>[\w.]+)\.where\(resolve\(\) is (?P<type>\w+)\)")
_CAST: Final = re.compile(r"\.as\(\w+\)|\s+as\s+\w+|[()]")


def union_parts(expression: str) -> tuple[str, ...]:
    """The operands of the outermost unions: "A.b | (A.c as X)" gives ("A.b", "(A.c as X)")."""
    parts: list[str] = []
    depth, start = 0, 0
    for at, letter in enumerate(expression):
        if letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "|" and depth == 0:
            parts.append(expression[start:at].strip())
            start = at + 1
    parts.append(expression[start:].strip())
    return tuple(part for part in parts if part)


def for_type(expression: str, resource_type: str, resource_types: Mapping[str, object]) -> str:
    """The expression without the parts that are rooted at other resource types; "" when none is left."""
    return " | ".join(
        rooted
        for part in union_parts(expression)
        if (rooted := _rooted(part, resource_type, resource_types)) is not None
    )


def _rooted(part: str, resource_type: str, resource_types: Mapping[str, object]) -> str | None:
    found = _ROOT.match(part)
    root = found.group(1) if found else ""
    if root in (resource_type, "Resource", "DomainResource"):
        return part
    return None if root in resource_types else f"{resource_type}.{part}"


def restriction(expression: str) -> tuple[str, str] | None:
    """("Observation.subject", "Patient") for `Observation.subject.where(resolve() is Patient)`, else None."""
    found = _ONE_TYPE.fullmatch(expression)
    return (found["path"], found["type"]) if found else None


def repeats(expression: str, definitions: Definitions) -> bool:
    """Whether a resource can have more than one value here; True when the expression is not a plain path.

    A choice under two casts (`onset.as(Age) | onset.as(Range)`) is still one value.
    """
    paths = {_CAST.sub("", part).strip() for part in union_parts(expression)}
    if len(paths) != 1:
        return True
    names = paths.pop().split(".")
    return not all(name.isidentifier() for name in names) or _walk_repeats(names, definitions)


def _walk_repeats(names: list[str], definitions: Definitions) -> bool:
    type_name = names[0]
    for name in names[1:]:
        element = _element(type_name, name, definitions)
        if element is None or element.max != 1:
            return True
        type_name = element.content_reference or (element.types[0] if element.types else "")
    return False


def _element(type_name: str, name: str, definitions: Definitions) -> Element | None:
    while type_name in definitions.types:
        defined = definitions.types[type_name]
        if name in defined.elements:
            return defined.elements[name]
        type_name = defined.base or ""
    return None
