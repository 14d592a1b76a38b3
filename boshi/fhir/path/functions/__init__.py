"""The functions of FHIRPath N1 (§5, §6.3) and those FHIR adds (R4 §2.8.1.2), one module a chapter."""

from boshi.fhir.path.functions import collections, existence, filtering, resources, types
from boshi.fhir.path.functions.registry import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "collections", "existence", "filtering", "resources", "types"]
