"""Which index can answer which criterion: the anchors a search may be run from (storage.md).

An anchor is an index with the conditions that bound the scan of it. The rest of the search is checked on the
documents it hands out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from boshi.fhir.search.catalogue import patient_link
from boshi.fhir.search.criteria import Criterion, NumberValue, QuantityValue, Search, TokenValue
from boshi.fhir.search.keys import SELECTIVE, SORTABLE, entry, token_value
from boshi.server.store.search_filters import (
    Condition,
    amount_keys,
    condition,
    entry_field,
    exact_strings,
    prefix_bounds,
    references_of,
)
from boshi.server.store.search_orders import ElementOrder, Order, Row, ScalarOrder, SortKeys, StringOrder

STRINGS: Final[SortKeys] = [("s", 1), ("k", 1), ("h", 1), ("r", 1)]
PATIENT: Final[SortKeys] = [("p", 1), ("c", 1), ("k", 1), ("h", 1), ("r", 1)]
UPDATED: Final[SortKeys] = [("t", 1), ("u", 1), ("r", 1)]
CLINICAL: Final[SortKeys] = [("t", 1), ("k", 1), ("h", 1), ("r", 1)]
NAMES: Final[SortKeys] = [("n", 1), ("k", 1), ("r", 1)]
AMOUNTS: Final[SortKeys] = [("q.k", 1), ("q.v", 1), ("r", 1)]
DATES: Final[SortKeys] = [("d.k", 1), ("d.l", 1), ("d.h", 1), ("r", 1)]
KEYS: Final[SortKeys] = [("_id", 1)]
SORTED: Final[SortKeys] = [("o.$**", 1)]

_MOST_POINTS: Final = 200
"""MongoDB merges that many index scans in order, and not one more."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """An index, the condition that bounds it, and the criteria (by number) that the condition answers whole.

    `orders` are the orders the index hands out; the first is its natural one. None: rows come unordered.
    A lower `rank` is the better guess when counts do not decide. `name` is what a cursor calls it.
    """

    name: str
    index: SortKeys
    condition: Condition
    covers: frozenset[int]
    orders: tuple[Order, ...]
    rank: int


def anchors(search: Search) -> list[Anchor]:
    """Every anchor of the search, the type's timelines last; never empty."""
    found = [_patient(search)]
    found += [_of_criterion(at, criterion) for at, criterion in enumerate(search.criteria)]
    return [*(_dated(search, each) for each in found if each is not None), *timelines(search)]


def _dated(search: Search, anchor: Anchor) -> Anchor:
    """The anchor with the bounds on the clinical date, where its index goes on with that date."""
    dated = _bounding(search, "k")
    if not dated or ("k", 1) not in anchor.index:
        return anchor
    bounds = [condition(search.criteria[at]) for at in sorted(dated)]
    return replace(anchor, condition={"$and": [anchor.condition, *bounds]}, covers=anchor.covers | dated)


def timelines(search: Search) -> list[Anchor]:
    """The type by lastUpdated, by its clinical date, and by the one string it is to be sorted by."""
    walks = [
        _walk("updated", UPDATED, _moments("u", ("u", "r"), nullable=False), 8, search, "u"),
        _walk("clinical", CLINICAL, _moments("k", ("k", "h", "r"), nullable=True), 9, search, "k"),
    ]
    string = _sorted_string(search)
    return walks if string is None else [*walks, string]


def _walk(
    name: str, index: SortKeys, orders: tuple[Order, ...], rank: int, search: Search, field: str
) -> Anchor:
    covers = _bounding(search, field)
    bounds = [condition(search.criteria[at]) for at in sorted(covers)]
    return Anchor(name, index, {"$and": bounds} if bounds else {}, covers, orders, rank)


def _bounding(search: Search, field: str) -> frozenset[int]:
    """The criteria that give the field one range."""
    return frozenset(
        at
        for at, each in enumerate(search.criteria)
        if entry_field(each) == field and not each.modifier and len(each.values) == 1
    )


def _moments(kind: str, fields: tuple[str, ...], *, nullable: bool) -> tuple[Order, ...]:
    down = ScalarOrder(f"-{kind}", fields, descending=True, nullable=nullable)
    return down, ScalarOrder(kind, fields, descending=False, nullable=nullable)


def _sorted_string(search: Search) -> Anchor | None:
    if len(search.sort) != 1 or search.sort[0].descending or len(search.sort[0].parameter.storage) != 1:
        return None
    parameter = search.sort[0].parameter
    code = parameter.storage[0].partition(".")[2]
    if parameter.type != "string" or code not in SORTABLE:
        return None
    order = StringOrder(f"o:{code}", f"o.{parameter.resource_type}_{code}", UPDATED)
    return Anchor("sorted", SORTED, {}, frozenset(), (order,), 10)


def _patient(search: Search) -> Anchor | None:
    """Resources of a few patients, by the scalar `p` with the type or a selective token beside it."""
    link = patient_link(search.resource_type)
    for at, criterion in enumerate(search.criteria):
        if link is None or criterion.modifier in ("missing", "identifier"):
            continue
        ids = _patient_ids(criterion) if criterion.parameter.storage == link.storage else None
        if ids is not None:
            return _patient_anchor(search, at, ids)
    return None


def _patient_anchor(search: Search, at: int, ids: list[str]) -> Anchor:
    tokens, covers = [search.resource_type], {at}
    for other, criterion in enumerate(search.criteria):
        selective = _selective(criterion)
        if selective is not None and len(selective) * len(ids) <= _MOST_POINTS:
            tokens = selective
            if all(isinstance(value, TokenValue) and value.system is None for value in criterion.values):
                covers.add(other)
            break
    bound = {"p": _one_or_in(ids), "c": _one_or_in(tokens)}
    orders = _moments("k", ("k", "h", "r"), nullable=True)
    return Anchor("patient", PATIENT, bound, frozenset(covers), orders, 1)


def _selective(criterion: Criterion) -> list[str] | None:
    """The entries of `c` that every match has one of: codes without their systems, which `s` tells apart."""
    stored = {name.partition(".")[2] for name in criterion.parameter.storage}
    if criterion.parameter.type != "token" or criterion.modifier or not stored <= SELECTIVE:
        return None
    codes = [value.code for value in criterion.values if isinstance(value, TokenValue) and value.code]
    if len(codes) != len(criterion.values):
        return None
    return [entry(name, token_value(None, code)) for name in criterion.parameter.storage for code in codes]


def _patient_ids(criterion: Criterion) -> list[str] | None:
    """The ids when every reference is a patient of this server, unversioned; else None."""
    ids: list[str] = []
    for reference in references_of(criterion):
        type_name, slash, patient = reference.partition("/")
        if type_name == "Patient" and slash and "/" not in patient:
            ids.append(patient)
        elif criterion.parameter.only or ":" in reference or "/_history/" in reference:
            return None
    return ids if ids and len(ids) == len(references_of(criterion)) and len(ids) <= _MOST_POINTS else None


def _of_criterion(at: int, criterion: Criterion) -> Anchor | None:
    if criterion.modifier in ("not", "missing"):
        return None
    makers: dict[str, Callable[[int, Criterion], Anchor | None]] = {
        "_id": _key_anchor,
        "s": _string_anchor,
        "n": _string_anchor,
        "q": _amount_anchor,
        "d": _date_anchor,
    }
    make = makers.get(entry_field(criterion))
    return make(at, criterion) if make else None


def _key_anchor(at: int, criterion: Criterion) -> Anchor:
    order = ScalarOrder("_id", ("_id",), descending=False, nullable=False)
    return Anchor(f"{at}", KEYS, condition(criterion), frozenset({at}), (order,), 0)


def _string_anchor(at: int, criterion: Criterion) -> Anchor:
    field = entry_field(criterion)
    index = STRINGS if field == "s" else NAMES
    rank = 2 if criterion.parameter.code == "identifier" else 3 if field == "n" else 4
    orders: tuple[Order, ...] = ()
    bounds = prefix_bounds(criterion)
    exact = exact_strings(criterion)
    if exact is not None and len(exact) <= _MOST_POINTS:
        orders = _moments("k", tuple(name for name, _ in index[1:]), nullable=True)
    elif bounds is not None:
        within = {"$gte": bounds[0], "$lt": bounds[1]}
        tail = tuple(name for name, _ in index[1:])
        orders = (ElementOrder(f"e{at}", field, within, "", _between(field, bounds), tail),)
    return Anchor(f"{at}", index, condition(criterion), frozenset({at}), orders, rank)


def _between(field: str, bounds: tuple[str, str]) -> Callable[[Row], list[Any]]:
    return lambda row: [each for each in row[field] if bounds[0] <= each < bounds[1]]


def _amount_anchor(at: int, criterion: Criterion) -> Anchor:
    found = condition(criterion)
    pairs = [
        pair
        for value in criterion.values
        if isinstance(value, NumberValue | QuantityValue)
        for pair in amount_keys(criterion, value)
    ]
    orders: tuple[Order, ...] = ()
    if len(pairs) == 1:
        within = found["q"]["$elemMatch"]
        orders = (ElementOrder(f"e{at}", "q", within, "v", _amounts(*pairs[0]), ("r",)),)
    return Anchor(f"{at}", AMOUNTS, found, frozenset({at}), orders, 5)


def _amounts(name: str, wanted: NumberValue) -> Callable[[Row], list[Any]]:
    return lambda row: [e["v"] for e in row["q"] if e["k"] == name and _holds(wanted, e["v"].to_decimal())]


def _holds(wanted: NumberValue, number: Decimal) -> bool:
    inside = wanted.low <= number < wanted.high
    return {
        "eq": inside,
        "ap": inside,
        "ne": not inside,
        "lt": number < wanted.number,
        "eb": number < wanted.number,
        "le": number <= wanted.number,
        "ge": number >= wanted.number,
        "gt": number > wanted.number,
        "sa": number > wanted.number,
    }[wanted.prefix]


def _date_anchor(at: int, criterion: Criterion) -> Anchor:
    return Anchor(f"{at}", DATES, condition(criterion), frozenset({at}), (), 6)


def _one_or_in(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else {"$in": values}
