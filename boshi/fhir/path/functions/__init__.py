"""The functions of FHIRPath N1 (§5, §6.3) and those FHIR adds (R4 §2.8.1.2), one module a chapter."""

from boshi.fhir.path.functions import (
    boundaries,
    clock,
    collections,
    conversion,
    existence,
    filtering,
    mathematics,
    resources,
    strings,
    types,
)
from boshi.fhir.path.functions.registry import FUNCTIONS, Function

__all__ = [
    "FUNCTIONS",
    "Function",
    "boundaries",
    "clock",
    "collections",
    "conversion",
    "existence",
    "filtering",
    "mathematics",
    "resources",
    "strings",
    "types",
]
