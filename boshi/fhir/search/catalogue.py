"""The catalogue of search parameters: for each resource type, what can be asked and where the answer stands.

Everything comes from the R4 SearchParameters. Parameters that say the same thing are resolved here, by their
expressions, so that a value is indexed once: `phonetic` reads the entries of `name`, `patient` those of
`subject` that point to a Patient, `combo-code` those of `code` and of `component-code`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

from boshi.fhir.definitions import SearchParameter, definitions
from boshi.fhir.search.expressions import for_type, repeats, restriction, union_parts

CLINICAL_DATES: Final = (
    "date",
    "birthdate",
    "recorded-date",
    "authored-on",
    "authoredon",
    "authored",
    "created",
)
"""Which date of a type sorts its timeline, by code; a type with none of them takes its first single date."""

_RESOURCE_TYPES: Final = ("Resource", "DomainResource")


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite parameter: code and type of its own parameter, and the path below the whole."""

    code: str
    type: str
    expression: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter as one resource type knows it.

    `expression` holds only the parts for this type. `storage` names the index entries that answer it
    ("Observation.code"): its own when `stored`, else those of the parameters it repeats or unites. `only` is
    the type of target a reference is restricted to. `clinical` marks the date that sorts the type's timeline.
    """

    resource_type: str
    code: str
    type: str
    url: str
    expression: str
    targets: tuple[str, ...]
    storage: tuple[str, ...]
    stored: bool = True
    only: str | None = None
    clinical: bool = False
    repeats: bool = True
    components: tuple[Component, ...] = ()

    @property
    def name(self) -> str:
        """Type and code: the name of its own index entries."""
        return f"{self.resource_type}.{self.code}"


@cache
def parameters(resource_type: str) -> Mapping[str, Parameter]:
    """Every parameter of the type by code, those of Resource and DomainResource included.

    Empty for a name that is no resource type. Parameters without an expression (`_text`, `_filter`) are left
    out: nothing can be indexed for them.
    """
    known = definitions()
    if resource_type not in known.resource_types:
        return MappingProxyType({})
    chosen: dict[str, SearchParameter] = {}
    for parameter in known.search_parameters:
        if _applies(parameter, resource_type):
            held = chosen.get(parameter.code)
            chosen[parameter.code] = parameter if held is None else _better(held, parameter)
    drawn = {code: _parameter(chosen[code], resource_type) for code in sorted(chosen)}
    return MappingProxyType(_resolved({code: drawn[code] for code in drawn if drawn[code].expression}))


def stored_parameters(resource_type: str) -> tuple[Parameter, ...]:
    """The parameters whose values are written to the index: no aliases, no `_id`, no `_lastUpdated`."""
    return tuple(
        parameter
        for parameter in parameters(resource_type).values()
        if parameter.stored and parameter.code not in ("_id", "_lastUpdated")
    )


def clinical_date(resource_type: str) -> Parameter | None:
    """The parameter whose bounds are the scalars `k` and `h`, or None."""
    return next((each for each in parameters(resource_type).values() if each.clinical and each.stored), None)


def patient_link(resource_type: str) -> Parameter | None:
    """The single-valued reference that puts a resource into one patient's compartment: the scalar `p`.

    None for Patient (it is its own), for types outside the Patient compartment, and for those that may belong
    to several patients through one parameter (Appointment, Group).
    """
    in_compartment = definitions().compartments["Patient"].get(resource_type, ())
    found = [parameters(resource_type)[code] for code in in_compartment if code in parameters(resource_type)]
    stored = {each.storage[0].partition(".")[2]: each for each in found if each.type == "reference"}
    single = [
        parameters(resource_type)[code] for code in stored if not parameters(resource_type)[code].repeats
    ]
    return min(single, key=_link_order, default=None)


def _link_order(parameter: Parameter) -> tuple[bool, str]:
    return parameter.code not in ("subject", "patient", "beneficiary"), parameter.code


def _applies(parameter: SearchParameter, resource_type: str) -> bool:
    return resource_type in parameter.bases or any(base in _RESOURCE_TYPES for base in parameter.bases)


def _better(held: SearchParameter, other: SearchParameter) -> SearchParameter:
    """Of two definitions of one code: R4 ships examples beside the real ones, whose URLs end in the code."""
    return other if other.url.endswith(f"-{other.code.lstrip('_')}") else held


def _parameter(found: SearchParameter, resource_type: str) -> Parameter:
    known = definitions()
    expression = for_type(found.expression or "", resource_type, known.types)
    return Parameter(
        resource_type=resource_type,
        code=found.code,
        type=found.type,
        url=found.url,
        expression=expression,
        targets=tuple(found.targets),
        storage=(f"{resource_type}.{found.code}",),
        repeats=repeats(expression, known),
        components=tuple(_component(url, path) for url, path in found.components),
    )


def _component(url: str, path: str) -> Component:
    by_url = _by_url()
    return Component(by_url[url].code, by_url[url].type, path)


@cache
def _by_url() -> Mapping[str, SearchParameter]:
    return {each.url: each for each in definitions().search_parameters}


def _resolved(drawn: dict[str, Parameter]) -> dict[str, Parameter]:
    marked = _with_clinical_date(drawn)
    return {code: _alias(parameter, marked) or parameter for code, parameter in marked.items()}


def _with_clinical_date(drawn: dict[str, Parameter]) -> dict[str, Parameter]:
    single = [each.code for each in drawn.values() if each.type == "date" and not each.repeats]
    dates = [code for code in single if not code.startswith("_")]
    chosen = next((code for code in CLINICAL_DATES if code in dates), dates[0] if dates else None)
    if chosen is None:
        return drawn
    same = {code for code, each in drawn.items() if each.expression == drawn[chosen].expression}
    return {code: replace(each, clinical=code in same) for code, each in drawn.items()}


def _alias(parameter: Parameter, drawn: Mapping[str, Parameter]) -> Parameter | None:
    if parameter.type == "composite":
        return None
    others = [each for each in drawn.values() if each.type == parameter.type]
    return _same(parameter, others) or _restricted(parameter, others) or _united(parameter, others)


def _same(parameter: Parameter, others: list[Parameter]) -> Parameter | None:
    """The same expression under another code: the first code in the alphabet holds the entries."""
    first = min(each.code for each in others if each.expression == parameter.expression)
    if first == parameter.code:
        return None
    return replace(parameter, storage=(f"{parameter.resource_type}.{first}",), stored=False)


def _restricted(parameter: Parameter, others: list[Parameter]) -> Parameter | None:
    found = restriction(parameter.expression)
    whole = [each.code for each in others if found and each.expression == found[0]]
    if found is None or not whole:
        return None
    return replace(
        parameter, storage=(f"{parameter.resource_type}.{min(whole)}",), stored=False, only=found[1]
    )


def _united(parameter: Parameter, others: list[Parameter]) -> Parameter | None:
    """A union that other parameters cover exactly, such as combo-code: read theirs."""
    wanted = set(union_parts(parameter.expression))
    smaller = {
        frozenset(union_parts(each.expression)): each.code
        for each in reversed(others)
        if set(union_parts(each.expression)) < wanted
    }
    if not smaller or set().union(*smaller) != wanted or sum(map(len, smaller)) != len(wanted):
        return None
    names = sorted(f"{parameter.resource_type}.{code}" for code in smaller.values())
    return replace(parameter, storage=tuple(names), stored=False)
