"""The orders in which an index hands out rows, and how to go on from the row where a page ended.

An order turns a position (the values of one row) into phases: conditions to run one after the other until the
page is full. More than one is needed where rows without a value come last, and where one element of an array
decides the order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from boshi.server.store.search_filters import Condition

Position: TypeAlias = tuple[Any, ...]
Row: TypeAlias = dict[str, Any]
SortKeys: TypeAlias = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of an order. `sort` None: as the index goes. `index` None: the one of the anchor."""

    condition: Condition
    sort: SortKeys | None
    index: SortKeys | None = None


class Order(Protocol):
    """A sequence of rows that a cursor can point into."""

    @property
    def name(self) -> str:
        """What the cursor calls it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a row that `position` needs."""

    @property
    def reversible(self) -> bool:
        """Whether the rows before a position can be asked for."""

    def position(self, row: Row) -> Position:
        """The place of a row."""

    def phases(self, position: Position | None, back: bool) -> list[Phase]:
        """The rows after (or before) the position, nearest first; None: from the beginning."""


@dataclass(frozen=True, slots=True)
class ScalarOrder:
    """By plain fields, the last of which is unique. Rows without the first field come last, up or down."""

    name: str
    fields: tuple[str, ...]
    descending: bool
    nullable: bool
    reversible: bool = True

    def position(self, row: Row) -> Position:
        return tuple(_reach(row, name) for name in self.fields)

    def phases(self, position: Position | None, back: bool) -> list[Phase]:
        up = self.descending == back
        sort = [(name, 1 if up else -1) for name in self.fields]
        if position is None:
            return self._from_the_beginning(up or back, sort)
        if position[0] is None:
            rest = Phase({self.fields[0]: None} | _beyond(self.fields[-1:], position[-1:], up), sort)
            return [rest, self._present(sort)] if back else [rest]
        return [*self._ties(position, up, sort), *self._rest(position, back, up, sort)]

    def _from_the_beginning(self, parted: bool, sort: SortKeys) -> list[Phase]:
        """Down an index, rows without a value come last by themselves."""
        if not self.nullable or not parted:
            return [Phase({}, sort)]
        return [self._present(sort), self._absent(sort)]

    def _present(self, sort: SortKeys) -> Phase:
        return Phase({self.fields[0]: {"$ne": None}}, sort)

    def _absent(self, sort: SortKeys) -> Phase:
        return Phase({self.fields[0]: None}, sort)

    def _ties(self, position: Position, up: bool, sort: SortKeys) -> list[Phase]:
        """The rows that differ in the last field only: an exact stretch of the index, however many there are."""
        *equal, last = zip(self.fields, position, strict=True)
        return [Phase(dict(equal) | _beyond(last[:1], last[1:], up), sort)] if equal else []

    def _rest(self, position: Position, back: bool, up: bool, sort: SortKeys) -> list[Phase]:
        fields = self.fields[:-1] or self.fields
        past = _beyond(fields, position[: len(fields)], up)
        if not self.nullable or back:
            return [Phase(past, sort)]
        if up:
            return [Phase(past, sort), self._absent(sort)]
        return [Phase(_below_or_missing(fields, position[: len(fields)]), sort)]


@dataclass(frozen=True, slots=True)
class ElementOrder:
    """By the lowest element of the array `array` that the search matches, then by the `tail` of its index.

    The index meets a row once for every matching element; what it met before the position must not come
    again, so a page excludes rows with a matching element up to there. `within` holds the conditions on one
    element, `value` its field that orders ("" when the element is the value), `matched` the values of a row.
    """

    name: str
    array: str
    within: Condition
    value: str
    matched: Callable[[Row], list[Any]]
    tail: tuple[str, ...]
    reversible: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.array, *self.tail)

    def position(self, row: Row) -> Position:
        return (min(self.matched(row), key=_comparable), *(row.get(name) for name in self.tail))

    def phases(self, position: Position | None, back: bool) -> list[Phase]:  # noqa: ARG002 - never reversed
        if position is None:
            return [Phase(self._has({}), None)]
        here, *tail = position
        same = [
            self._equals(here),
            self._lacks({"$lt": here}),
            _beyond(self.tail, tuple(tail), up=True),
        ]
        later = [self._has({"$gt": here}), self._lacks({"$lte": here})]
        return [Phase({"$and": same}, [(name, 1) for name in self.tail]), Phase({"$and": later}, None)]

    def _equals(self, here: Any) -> Condition:
        return self._has({"$eq": here}) if self.value else {self.array: here}

    def _has(self, bound: Condition) -> Condition:
        if not self.value:
            return {self.array: {"$elemMatch": self.within | bound}}
        also = [{self.value: bound}] if bound else []
        return {self.array: {"$elemMatch": {"$and": [self.within, *also]}}}

    def _lacks(self, bound: Condition) -> Condition:
        return {"$nor": [self._has(bound)]}


@dataclass(frozen=True, slots=True)
class StringOrder:
    """By a sort key under `o`, ascending; rows without one come last, by their time in the index `rest`."""

    name: str
    path: str
    rest: SortKeys
    reversible: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.path, "u", "r")

    def position(self, row: Row) -> Position:
        return tuple(_reach(row, name) for name in self.fields)

    def phases(self, position: Position | None, back: bool) -> list[Phase]:
        sign = -1 if back else 1
        last = [("t", sign), ("u", sign), ("r", sign)]
        there, absent = (
            Phase({self.path: {"$gt": ""}}, [(self.path, sign)]),
            Phase({self.path: None}, last, self.rest),
        )
        if position is None:
            return [there, absent]
        if position[0] is None:
            past = Phase({self.path: None} | _beyond(("u", "r"), position[1:], up=not back), last, self.rest)
            return [past, there] if back else [past]
        past = Phase({self.path: {"$lt" if back else "$gt": position[0]}}, [(self.path, sign)])
        return [past] if back else [past, absent]


@dataclass(frozen=True, slots=True)
class ComputedOrder:
    """By values worked out for each row; all rows are read, so their number is bounded before.

    `keys` are aggregation expressions, each with whether it descends; null comes last. Ties go by `r`.
    """

    name: str
    keys: tuple[tuple[Any, bool], ...]

    def stages(self, position: Position | None, back: bool, limit: int) -> list[dict[str, Any]]:
        """Aggregation stages from matching documents to rows `{_id, values}`, nearest first."""
        computed = {f"k{at}": {"$ifNull": [key, None]} for at, (key, _) in enumerate(self.keys)}
        missing = {f"m{at}": {"$cond": [{"$eq": [f"$k{at}", None]}, 1, 0]} for at in range(len(self.keys))}
        signs = self._signs(back)
        stages: list[dict[str, Any]] = [
            {"$project": {"r": 1} | computed},
            {"$set": missing},
        ]
        if position is not None:
            stages.append({"$match": _past(signs, position)})
        return [*stages, {"$sort": dict(signs)}, {"$limit": limit}]

    def position(self, row: Row) -> Position:
        """The place of a row that `stages` made."""
        return tuple(row.get(name) for name, _ in self._signs(back=False))

    def _signs(self, back: bool) -> SortKeys:
        turn = -1 if back else 1
        signs: SortKeys = []
        for at, (_, descending) in enumerate(self.keys):
            signs += [(f"m{at}", turn), (f"k{at}", -turn if descending else turn)]
        return [*signs, ("r", turn), ("_id", turn)]


def undivided(condition: Any) -> Any:
    """The same condition without `$or`, which MongoDB may split into scans that lose the index's order."""
    if isinstance(condition, list):
        return [undivided(each) for each in condition]
    if not isinstance(condition, dict):
        return condition
    told = {name: undivided(each) for name, each in condition.items()}
    ways = told.pop("$or", None)
    return told if ways is None else {"$and": [*([told] if told else []), {"$nor": [{"$nor": ways}]}]}


def _past(signs: SortKeys, position: Position) -> Condition:
    """Lexicographic: past the position in the given directions. Null equals only null."""
    ways: list[Condition] = []
    equal: Condition = {}
    for (name, sign), value in zip(signs, position, strict=True):
        if value is not None:
            ways.append(equal | {name: {"$gt" if sign > 0 else "$lt": value}})
        equal = equal | {name: value}
    return {"$or": ways}


def _beyond(fields: tuple[str, ...], position: Position, up: bool) -> Condition:
    """Lexicographic: above (or below) the position; where a field is null, anything not null is above it."""
    ways: list[Condition] = []
    equal: Condition = {}
    for name, value in zip(fields, position, strict=True):
        if value is not None:
            ways.append(equal | {name: {"$gt" if up else "$lt": value}})
        elif up:
            ways.append(equal | {name: {"$ne": None}})
        equal = equal | {name: value}
    if len(ways) == 1:
        return ways[0]
    if position[0] is None:
        return {"$or": ways}
    return {fields[0]: {"$gte" if up else "$lte": position[0]}, "$or": ways}


def _below_or_missing(fields: tuple[str, ...], position: Position) -> Condition:
    """Below the position, and all rows without the first field: one scan down the index."""
    first, value = fields[0], position[0]
    less = {first: {"$not": {"$gte": value}}}
    if len(fields) == 1:
        return less
    tie = {first: value} | _beyond(fields[1:], position[1:], up=False)
    return {first: {"$not": {"$gt": value}}, "$or": [less, tie]}


def _reach(row: Row, path: str) -> Any:
    found: Any = row
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _comparable(value: Any) -> Any:
    return value.to_decimal() if hasattr(value, "to_decimal") else value
