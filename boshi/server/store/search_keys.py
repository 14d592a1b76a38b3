"""What a row is sorted by when no index hands it out in that order: an expression for each parameter."""

from typing import Any, Final

from boshi.fhir.search.catalogue import Parameter
from boshi.fhir.search.criteria import Sort
from boshi.fhir.search.keys import entry, starting

_SCALARS: Final = {"_id": "$_id", "_lastUpdated": "$u"}


def sort_key(sort: Sort) -> Any:
    """The lowest value of the parameter ascending, the highest descending; null where there is none.

    A period is sorted by its beginning, a token by its code, a quantity by its number in the unit given.
    """
    parameter = sort.parameter
    if parameter.code in _SCALARS:
        return _SCALARS[parameter.code]
    if parameter.clinical:
        return "$k"
    return {"$max" if sort.descending else "$min": _values(parameter)}


def _values(parameter: Parameter) -> Any:
    if parameter.type == "date":
        return _of_elements(parameter, "d", "l")
    if parameter.type in ("number", "quantity"):
        return _of_elements(parameter, "q", "v")
    array = "n" if parameter.type == "string" else "s"
    return {"$concatArrays": [_after_name(parameter, name, array) for name in parameter.storage]}


def _of_elements(parameter: Parameter, array: str, value: str) -> Any:
    named = {"$in": ["$$each.k", list(parameter.storage)]}
    return {"$map": {"input": _kept(array, named), "as": "each", "in": f"$$each.{value}"}}


def _after_name(parameter: Parameter, name: str, array: str) -> Any:
    low, high = starting(name)
    kept: list[Any] = [{"$gte": ["$$each", low]}, {"$lt": ["$$each", high]}]
    if parameter.type == "token":
        kept.append({"$not": [{"$regexMatch": {"input": "$$each", "regex": r"(^|[^\\])\|"}}]})
    cut = len(entry(name, "").encode())
    return {
        "$map": {
            "input": _kept(array, {"$and": kept}),
            "as": "each",
            "in": {"$substrBytes": ["$$each", cut, -1]},
        }
    }


def _kept(array: str, condition: Any) -> Any:
    return {"$filter": {"input": {"$ifNull": [f"${array}", []]}, "as": "each", "cond": condition}}
