"""What a search asks for, as values: parsed, checked, and still free of any database."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from boshi.fhir.search.catalogue import Parameter

Prefix: TypeAlias = Literal["eq", "ne", "lt", "gt", "le", "ge", "sa", "eb", "ap"]
PREFIXES: Final[tuple[Prefix, ...]] = ("eq", "ne", "lt", "gt", "le", "ge", "sa", "eb", "ap")

DEFAULT_COUNT: Final = 50
LARGEST_COUNT: Final = 1000


@dataclass(frozen=True, slots=True)
class TokenValue:
    """`system` None means any system, "" none at all; `code` None means any code of the system."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class StringValue:
    """A text as it was given; it is folded when it is looked for, unless `:exact`."""

    text: str


@dataclass(frozen=True, slots=True)
class UriValue:
    """A uri, compared letter by letter."""

    uri: str


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """The references any of which is meant: one, or `Type/id` for each type an id alone can stand for."""

    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DateValue:
    """A stretch of time `low <= t < high`, UTC, and how a stored stretch is compared with it."""

    prefix: Prefix
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number, the range `low <= n < high` its digits imply (`ap`: ten percent around), the comparison."""

    prefix: Prefix
    number: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class QuantityValue:
    """A number with a unit. `unit` None: any unit; `system` None: the unit as code or text, in any system."""

    number: NumberValue
    system: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class MissingValue:
    """`:missing=true` asks for resources without a value, `:missing=false` for those with one."""

    missing: bool


Value: TypeAlias = (
    TokenValue
    | StringValue
    | UriValue
    | ReferenceValue
    | DateValue
    | NumberValue
    | QuantityValue
    | MissingValue
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One `name:modifier=a,b`: any of the values will do. `modifier` is "" for none."""

    parameter: Parameter
    modifier: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of `_sort`; `descending` for a leading minus."""

    parameter: Parameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """One `_include` or `_revinclude`: the reference `parameter` of its type, to `target` or to any type."""

    parameter: Parameter
    target: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """A whole search of one type. All `criteria` must hold.

    `used` is what the self link repeats: every parameter that had an effect, in the order given, without the
    cursor. `ignored` names those a lenient search passed over.
    """

    resource_type: str
    criteria: tuple[Criterion, ...] = ()
    sort: tuple[Sort, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    count: int = DEFAULT_COUNT
    total: Literal["none", "estimate", "accurate"] = "none"
    cursor: str | None = None
    used: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def only_count(self) -> bool:
        """Whether the answer is the total alone: `_count=0` or `_summary=count`."""
        return self.count == 0
