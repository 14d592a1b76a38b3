"""The syntax tree of FHIRPath N1 (http://hl7.org/fhirpath/N1, grammar in appendix B)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal: `value` as nodes hold it, `type` its System type; the empty collection has type ""."""

    value: bool | int | Decimal | str | None
    type: str


@dataclass(frozen=True, slots=True)
class QuantityLiteral:
    """`4 'mg'` or `4 days`: `calendar` tells a calendar word from a UCUM unit."""

    value: int | Decimal
    unit: str
    calendar: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A name: an element of what stands before it, or at the beginning perhaps a type."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function call, on what stands before it."""

    name: str
    arguments: tuple["Syntax", ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """`$this`, `$index` or `$total` (with `$`), or an environment variable by its name (`resource`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """`target.step`."""

    target: "Syntax"
    step: "Member | Call | Variable"


@dataclass(frozen=True, slots=True)
class Indexer:
    """`target[index]`."""

    target: "Syntax"
    index: "Syntax"


@dataclass(frozen=True, slots=True)
class Polarity:
    """A sign before an expression."""

    sign: str
    operand: "Syntax"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and an operator."""

    operator: str
    left: "Syntax"
    right: "Syntax"


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`operand is Type` or `operand as Type`; the type perhaps qualified (`System.String`)."""

    operator: str
    operand: "Syntax"
    type: str


Syntax: TypeAlias = (
    Literal | QuantityLiteral | Member | Call | Variable | Invocation | Indexer | Polarity | Binary | TypeTest
)
