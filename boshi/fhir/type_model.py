"""The FHIR type model: which elements a type has, and which types are kinds of which."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from boshi.fhir.definitions import definitions

_CACHED: Final = 8192
"""Type names come from data too: no cache may grow without end."""

SYSTEM_TYPES: Final = frozenset(
    f"System.{name}"
    for name in ("Boolean", "Integer", "Decimal", "String", "Date", "DateTime", "Time", "Quantity", "Any")
)
TYPE_INFO: Final = "System.TypeInfo"
"""What `type()` gives: namespace and name."""
PRIMITIVE_SYSTEM_TYPES: Final[Mapping[str, str]] = {
    "boolean": "System.Boolean",
    "integer": "System.Integer",
    "decimal": "System.Decimal",
    "date": "System.Date",
    "dateTime": "System.DateTime",
    "instant": "System.DateTime",
    "time": "System.Time",
}
"""FHIR primitive -> System type; every other primitive is a String, integers by inheritance Integer."""


@lru_cache(_CACHED)
def children(type_name: str) -> Mapping[str, str]:
    """JSON property -> type name, for every property of the type; choices spelled out (`valueQuantity`).

    The second property of a primitive (`_birthDate`) has the type Element. Empty for an unknown type.
    """
    defined = definitions().types.get(type_name)
    if defined is None:
        return MappingProxyType({})
    found: dict[str, str] = {}
    for element in defined.elements.values():
        for property_name, child_type in element.json_names():
            found[property_name] = child_type
            if is_primitive(child_type):
                found["_" + property_name] = "Element"
    return MappingProxyType(found)


@lru_cache(_CACHED)
def access(type_name: str, name: str) -> Mapping[str, str]:
    """The JSON properties that the element `name` can have -> their types; empty for an unknown element."""
    if type_name == TYPE_INFO:
        return MappingProxyType({name: "System.String"} if name in ("namespace", "name") else {})
    defined = definitions().types.get(type_name)
    element = defined.elements.get(name) if defined else None
    return MappingProxyType(dict(element.json_names()) if element else {})


@lru_cache(_CACHED)
def is_primitive(type_name: str) -> bool:
    """Whether the type is a FHIR primitive."""
    defined = definitions().types.get(type_name)
    return defined is not None and defined.kind == "primitive-type"


@lru_cache(_CACHED)
def system_type(type_name: str) -> str | None:
    """The System type that a value of this type acts as; None for a complex type."""
    if type_name in SYSTEM_TYPES:
        return type_name
    if not is_primitive(type_name):
        return "System.Quantity" if is_kind_of(type_name, "Quantity") else None
    return next(
        (PRIMITIVE_SYSTEM_TYPES[each] for each in _line(type_name) if each in PRIMITIVE_SYSTEM_TYPES),
        "System.String",
    )


@lru_cache(_CACHED)
def is_kind_of(type_name: str, ancestor: str) -> bool:
    """Whether `type_name` is `ancestor` or derived from it."""
    return ancestor in _line(type_name)


@lru_cache(_CACHED)
def resolved_type(name: str) -> str | None:
    """The type that a specifier (`Patient`, `FHIR.Patient`, `System.String`, `String`) names, or None."""
    plain = name.removeprefix("FHIR.")
    if plain in definitions().types:
        return plain
    if name in SYSTEM_TYPES:
        return name
    return f"System.{name}" if f"System.{name}" in SYSTEM_TYPES else None


@lru_cache(_CACHED)
def _line(type_name: str) -> tuple[str, ...]:
    line = [type_name]
    while (defined := definitions().types.get(line[-1])) is not None and defined.base:
        line.append(defined.base)
    return tuple(line)
