"""The FHIR place of columns: a template that is filled from a row and matched against a resource.

Every node does both, so that a layout is reversible by construction. `fill` gives None for nothing;
`match` gives what the columns hold, or None when the element is another one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

from boshi.mappings.columns import DATA_ABSENT, SOURCE_TEXT, UNKNOWN, Noted

Values: TypeAlias = Mapping[str, Any]
"""FHIR values of one row by column; blank columns are absent. "#key" is the record's key."""
Found: TypeAlias = dict[str, Any]
"""What was read back, by column. "#later" holds matches that wait for other columns."""
People: TypeAlias = Callable[[str], "str | None"]
"""宛名番号 of the Patient behind a reference, in the town that exports."""

LATER: Final = "#later"


class Node(Protocol):
    """One place of a template."""

    columns: tuple[str, ...]

    def fill(self, values: Values) -> Any:
        """The element for this row; None for none."""

    def match(self, element: Any, people: People) -> Found | None:
        """What the columns of this place hold in `element`; None when it is not this place's."""


class Mixin(Protocol):
    """A directive that stands inside an object and writes several of its elements."""

    columns: tuple[str, ...]

    def fill_into(self, values: Values, out: dict[str, Any]) -> None:
        """Write this row's elements into `out`."""

    def match_from(self, element: Mapping[str, Any], people: People) -> Found | None:
        """What the columns hold in the object."""


class Cell:
    """`$column`: a primitive element. `domain` limits the values that may be this column's."""

    def __init__(self, column: str, domain: frozenset[str] | None) -> None:
        self.columns: tuple[str, ...] = (column,)
        self._column = column
        self._domain = domain

    def fill(self, values: Values) -> Any:
        """The column's value, or Noted with its extensions."""
        return values.get(self._column)

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """The value, unless it lies outside the domain."""
        if self._domain is not None and element not in self._domain and element is not UNKNOWN:
            return None
        return {self._column: element}


class AnyTown:
    """A constant that holds the municipality's code, and stands for every municipality when read back."""

    def __init__(self, text: str, own: str, pattern: str) -> None:
        self.own = own
        self._pattern = re.compile(pattern)
        self.text = text

    def fits(self, value: Any) -> bool:
        """Whether the value is this constant for some municipality."""
        return isinstance(value, str) and bool(self._pattern.fullmatch(value))


class ObjectNode:
    """An object: constants that tell it from its siblings, and elements from columns."""

    def __init__(
        self,
        constants: Mapping[str, Any],
        any_town: Mapping[str, AnyTown],
        entries: Sequence[tuple[str, Node]],
        mixins: Sequence[Mixin],
    ) -> None:
        self._constants = {**constants, **{key: town.own for key, town in any_town.items()}}
        self._told_apart = tuple(constants.items())
        self._any_town = any_town
        self._entries = tuple(entries)
        self._fills = tuple((key, node.fill) for key, node in entries)
        self._mixins = tuple(mixins)
        self.columns = (
            *(column for _, node in entries for column in node.columns),
            *(column for mixin in mixins for column in mixin.columns),
        )

    def fill(self, values: Values) -> Any:
        """The object; None when no column gave it anything."""
        out: dict[str, Any] = {}
        for key, fill in self._fills:
            value = fill(values)
            if value is None:
                continue
            if value.__class__ is Noted:
                put_noted(out, key, value)
            else:
                out[key] = value
        for mixin in self._mixins:
            mixin.fill_into(values, out)
        return {**self._constants, **out} if out else None

    def own(self, element: Any) -> bool:
        """Whether the element bears this town's own code where the template has one."""
        return isinstance(element, dict) and all(
            element.get(key) == town.own for key, town in self._any_town.items()
        )

    def match(self, element: Any, people: People) -> Found | None:
        """What the columns hold; None when a constant differs or nothing is found."""
        if not isinstance(element, dict):
            return None
        if not all(contains(element.get(key), constant) for key, constant in self._told_apart):
            return None
        if not all(town.fits(element.get(key)) for key, town in self._any_town.items()):
            return None
        return self.match_elements(element, people)

    def match_elements(self, element: Mapping[str, Any], people: People) -> Found | None:
        """As `match`, whatever the constants are."""
        found: Found = {}
        for key, node in self._entries:
            value = read_element(element, key)
            if value is None:
                continue
            held = node.match(value, people)
            if held is None and isinstance(node, Cell):
                return None
            merge(found, held)
        for mixin in self._mixins:
            merge(found, mixin.match_from(element, people))
        return found or None


class ListNode:
    """A list: constant items, and items told apart by their constants."""

    def __init__(self, items: Sequence[Node]) -> None:
        self._items = tuple(items)
        self._fills = tuple(node.fill for node in items)
        self.columns = tuple(column for node in items for column in node.columns)

    def fill(self, values: Values) -> Any:
        """The items that have something; None for none."""
        return [item for fill in self._fills if (item := fill(values)) is not None] or None

    def match(self, element: Any, people: People) -> Found | None:
        """What the items hold, each element taken once."""
        if not isinstance(element, list):
            return None
        left, found = list(element), Found()
        for node in self._items:
            if isinstance(node, ObjectNode):
                left.sort(key=lambda item, node=node: not node.own(item))  # type: ignore[misc]
            for position, item in enumerate(left):
                held = node.match(item, people) if node.columns else None
                if held is not None:
                    merge(found, held)
                    del left[position]
                    break
        return found or None


class Constant:
    """An element that every row has."""

    columns: tuple[str, ...] = ()

    def __init__(self, value: Any) -> None:
        self.value = value

    def fill(self, values: Values) -> Any:  # noqa: ARG002
        """The constant."""
        return self.value

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """Nothing to read."""
        return None


def put_noted(out: dict[str, Any], key: str, noted: Noted) -> None:
    """A primitive element with its extensions: `key` and `_key`."""
    if noted.value is not None:
        out[key] = noted.value
    if extensions := noted.extensions:
        out[f"_{key}"] = {"extension": extensions}


def read_element(element: Mapping[str, Any], key: str) -> Any:
    """The element, or Noted when its extensions say 不詳 or keep the source text."""
    value = element.get(key)
    beside = element.get(f"_{key}")
    if not isinstance(beside, dict):
        return value
    sources = [
        told.get("valueString") for told in beside.get("extension", ()) if told.get("url") == SOURCE_TEXT
    ]
    if sources:
        return Noted(value, str(sources[0]))
    return UNKNOWN if value is None and is_absent(beside) else value


def is_absent(element: Any) -> bool:
    """Whether the element says that its value is unknown."""
    return isinstance(element, dict) and any(
        told.get("url") == DATA_ABSENT["url"] for told in element.get("extension", ())
    )


def merge(found: Found, held: Found | None) -> None:
    """Take what is held and not yet found."""
    if held is None:
        return
    for column, value in held.items():
        if column == LATER:
            found.setdefault(LATER, []).extend(value)
        else:
            found.setdefault(column, value)


def contains(element: Any, pattern: Any) -> bool:
    """Whether the element holds everything that the pattern says (it may hold more)."""
    if isinstance(pattern, dict):
        return isinstance(element, dict) and all(
            contains(element.get(key), part) for key, part in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(element, list) and all(
            any(contains(item, part) for item in element) for part in pattern
        )
    return bool(element == pattern)
