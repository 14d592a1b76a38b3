"""One criterion of a search as a MongoDB condition on the index entries of `boshi.fhir.search.keys`.

Array fields are always compared with an exact string, a prefix without flags, or `$elemMatch`: a plain range
on an array joins bounds of different elements (storage.md).
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from bson.decimal128 import Decimal128
from bson.regex import Regex

from boshi.fhir.search.criteria import (
    Criterion,
    DateValue,
    MissingValue,
    NumberValue,
    QuantityValue,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from boshi.fhir.search.fold import fold
from boshi.fhir.search.keys import entry, exact_value, starting, token_value
from boshi.fhir.search.quantity import unit_keys
from boshi.fhir.units import converted

Condition: TypeAlias = dict[str, Any]


def condition(criterion: Criterion) -> Condition:
    """The documents that meet the criterion; documents of other types may meet it too."""
    if criterion.modifier == "missing":
        return _missing(criterion)
    if criterion.modifier == "not":
        return {"$nor": [_any_of(criterion)]}
    return _any_of(criterion)


def entry_field(criterion: Criterion) -> str:
    """The field that answers the criterion: `_id`, `u`, `k`, `s`, `n`, `q` or `d`."""
    parameter = criterion.parameter
    if parameter.code == "_id":
        return "_id"
    if parameter.code == "_lastUpdated":
        return "u"
    if parameter.type == "date":
        return "k" if parameter.clinical else "d"
    if parameter.type in ("number", "quantity"):
        return "q"
    return "n" if parameter.type == "string" else "s"


def exact_strings(criterion: Criterion) -> list[str] | None:
    """All entries of `s` or `n` any of which will do; None when a value is looked for by its beginning."""
    texts = _texts(criterion)
    return (
        [text for text in texts if isinstance(text, str)] if all(isinstance(t, str) for t in texts) else None
    )


def prefix_bounds(criterion: Criterion) -> tuple[str, str] | None:
    """Low and high of the one beginning that the criterion asks for in `s` or `n`; None for anything else."""
    if criterion.modifier == "contains" or exact_strings(criterion) is not None:
        return None
    if len(criterion.values) != 1 or len(names(criterion)) != 1:
        return None
    return starting(names(criterion)[0], _beginning(criterion.values[0]))


def names(criterion: Criterion) -> tuple[str, ...]:
    """The names of the entries that answer the criterion."""
    suffix = f":{criterion.modifier}" if criterion.modifier in ("identifier", "exact") else ""
    return tuple(f"{name}{suffix}" for name in criterion.parameter.storage)


def one_string(field: str, bounds: tuple[str, str]) -> Condition:
    """An element of the field that starts as the bounds say."""
    return {field: {"$elemMatch": {"$gte": bounds[0], "$lt": bounds[1]}}}


def _any_of(criterion: Criterion) -> Condition:
    field = entry_field(criterion)
    if field == "_id":
        return {"_id": _one_or_in(_ids(criterion))}
    if field in ("s", "n"):
        return _strings(criterion, field)
    return _either([_ranged(criterion, field, value) for value in criterion.values])


def _ids(criterion: Criterion) -> list[str]:
    codes = [value.code for value in criterion.values if isinstance(value, TokenValue)]
    return [f"{criterion.parameter.resource_type}/{code}" for code in codes if code]


def _missing(criterion: Criterion) -> Condition:
    wanted = criterion.values[0]
    assert isinstance(wanted, MissingValue)
    present = _present(criterion)
    return {"$nor": [present]} if wanted.missing else present


def _present(criterion: Criterion) -> Condition:
    field = entry_field(criterion)
    parameter = criterion.parameter
    if field in ("_id", "u", "k"):
        return {field: {"$exists": True}}
    if field in ("q", "d"):
        return {field: {"$elemMatch": {"k": _one_or_in(list(parameter.storage))}}}
    beginning = f"{parameter.only}/" if parameter.only else ""
    return _either([one_string(field, starting(name, beginning)) for name in parameter.storage])


def _strings(criterion: Criterion, field: str) -> Condition:
    alone = prefix_bounds(criterion)
    return one_string(field, alone) if alone else {field: _one_or_in(_texts(criterion))}


def _texts(criterion: Criterion) -> list[str | Regex[str]]:
    return [
        text
        for name in names(criterion)
        for value in criterion.values
        for text in _texts_of(criterion, name, value)
    ]


def _texts_of(criterion: Criterion, name: str, value: Value) -> list[str | Regex[str]]:
    match value:
        case TokenValue(system, code) if code is not None:
            return [entry(name, token_value(system, code))]
        case UriValue(uri):
            return [entry(name, uri)]
        case ReferenceValue(references):
            return [entry(name, reference) for reference in references]
        case StringValue(text) if criterion.modifier == "exact":
            return [entry(name, exact_value(text))]
        case StringValue(text) if criterion.modifier == "contains":
            return [Regex(f"^{re.escape(entry(name, ''))}.*{re.escape(fold(text))}")]
        case _:
            return [Regex("^" + re.escape(entry(name, _beginning(value))))]


def _beginning(value: Value) -> str:
    match value:
        case TokenValue(system, _):
            return token_value(system, "")
        case StringValue(text):
            return fold(text)
        case _:
            return ""


def _ranged(criterion: Criterion, field: str, value: Value) -> Condition:
    match value:
        case DateValue() if field == "u":
            return moment_condition(value)
        case DateValue() if field == "k":
            return stretch_condition(value, "k", "h")
        case DateValue():
            named: Condition = {"k": _one_or_in(list(criterion.parameter.storage))}
            return {"d": {"$elemMatch": named | stretch_condition(value, "l", "h")}}
        case NumberValue() | QuantityValue():
            return _either([_amount(key, number) for key, number in amount_keys(criterion, value)])
        case _:
            raise TypeError(f"{type(value).__name__} is no range")


def amount_keys(criterion: Criterion, value: NumberValue | QuantityValue) -> list[tuple[str, NumberValue]]:
    """The keys of `q` that answer a number or quantity, each with the number in the unit of that key."""
    if isinstance(value, NumberValue):
        return [(name, value) for name in criterion.parameter.storage]
    return [
        (key, _in_unit(value.number, factor))
        for name in criterion.parameter.storage
        for key, factor in unit_keys(name, value.system, value.unit)
    ]


def _in_unit(wanted: NumberValue, factor: Decimal) -> NumberValue:
    if factor == 1:
        return wanted
    number, low, high = (converted(each, factor) for each in (wanted.number, wanted.low, wanted.high))
    return NumberValue(wanted.prefix, number, low, high)


def _amount(key: str, value: NumberValue) -> Condition:
    return {"q": {"$elemMatch": {"k": key} | number_condition(value)}}


def number_condition(value: NumberValue) -> Condition:
    """How a stored number `v` is compared. It is a point: only the searched one has a precision."""
    number, low, high = (Decimal128(each) for each in (value.number, value.low, value.high))
    match value.prefix:
        case "eq" | "ap":
            return {"v": {"$gte": low, "$lt": high}}
        case "ne":
            return {"$or": [{"v": {"$lt": low}}, {"v": {"$gte": high}}]}
        case "lt" | "eb":
            return {"v": {"$lt": number}}
        case "le":
            return {"v": {"$lte": number}}
        case "ge":
            return {"v": {"$gte": number}}
        case "gt" | "sa":
            return {"v": {"$gt": number}}


def moment_condition(value: DateValue) -> Condition:
    """How the moment `u` is compared with the searched stretch."""
    low, high = value.low, value.high
    match value.prefix:
        case "eq" | "ap":
            return {"u": {"$gte": low, "$lt": high}}
        case "ne":
            return {"$or": [{"u": {"$lt": low}}, {"u": {"$gte": high}}]}
        case "lt" | "eb":
            return {"u": {"$lt": low}}
        case "le":
            return {"u": {"$lt": high}}
        case "ge":
            return {"u": {"$gte": low}}
        case "gt" | "sa":
            return {"u": {"$gte": high}}


def stretch_condition(value: DateValue, low_field: str, high_field: str) -> Condition:
    """How a stored stretch [l, h) is compared with the searched one (R4 §3.1.1.4.5); `ap`: they overlap."""
    low, high = value.low, value.high
    match value.prefix:
        case "eq":
            return {low_field: {"$gte": low, "$lt": high}, high_field: {"$lte": high}}
        case "ne":
            return {"$or": [{low_field: {"$lt": low}}, {high_field: {"$gt": high}}]}
        case "lt":
            return {low_field: {"$lt": low}}
        case "gt":
            return {high_field: {"$gt": high}}
        case "le":
            return _two({low_field: {"$lt": high}}, {low_field: {"$lt": low}}, {high_field: {"$lte": high}})
        case "ge":
            return _two({high_field: {"$gt": low}}, {low_field: {"$gte": low}}, {high_field: {"$gt": high}})
        case "sa":
            return {low_field: {"$gte": high}}
        case "eb":
            return {high_field: {"$lte": low}}
        case "ap":
            return {low_field: {"$lt": high}, high_field: {"$gt": low}}


def _two(bound: Condition, first: Condition, second: Condition) -> Condition:
    """One of two comparisons, and the bound that both imply: it narrows the index."""
    return bound | {"$or": [first, second]}


def _either(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else {"$or": list(conditions)}


def _one_or_in(texts: Sequence[str | Regex[str]]) -> Any:
    return texts[0] if len(texts) == 1 else {"$in": list(texts)}


def references_of(criterion: Criterion) -> list[str]:
    """Every reference that the criterion accepts, "Patient/abc" or a URL."""
    return [
        each for value in criterion.values if isinstance(value, ReferenceValue) for each in value.references
    ]
