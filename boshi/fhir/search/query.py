"""A query string, as name and value pairs, to a Search (R4 §3.1.1).

Nothing is passed over in silence: an unknown parameter, modifier or value is a Problem that names the valid
ones. A lenient search (`Prefer: handling=lenient`) leaves such a parameter out, and its self link shows so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Final

from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Issue, Problems, error
from boshi.fhir.search.catalogue import Parameter, parameters
from boshi.fhir.search.controls import CONTROLS, read_control
from boshi.fhir.search.criteria import Criterion, Search, Value
from boshi.fhir.search.escaping import split
from boshi.fhir.search.values import read_value

MOST_CRITERIA: Final = 30
MOST_ALTERNATIVES: Final = 200

SEARCHABLE_TYPES: Final = frozenset({"token", "reference", "string", "date", "number", "quantity", "uri"})
MODIFIERS: Final = {
    "string": ("exact", "contains", "missing"),
    "token": ("not", "missing"),
    "reference": ("missing", "identifier"),
    "date": ("missing",),
    "number": ("missing",),
    "quantity": ("missing",),
    "uri": ("missing",),
}
"""The modifiers of each type of parameter; a reference also takes the name of a type it may point to."""

_IGNORED: Final = frozenset({"_format", "_pretty"})
"""Parameters of the representation: the caller has read them already."""

_LATER: Final = frozenset(
    {"_text", "_content", "_filter", "_list", "_has", "_type", "_query", "_contained", "_containedType"}
    | {"_score", "_elements"}
)
_PASSED_OVER: Final = frozenset({"not-found", "not-supported"})
"""What a lenient search leaves out: what is unknown or not supported. A bad value stays an error."""


@cache
def searchable(resource_type: str) -> Mapping[str, Parameter]:
    """The parameters `parse_search` takes for the type, by code: what a CapabilityStatement may claim."""
    known = parameters(resource_type)
    return MappingProxyType({code: each for code, each in known.items() if each.type in SEARCHABLE_TYPES})


def parse_search(
    resource_type: str,
    params: Iterable[tuple[str, str]],
    *,
    lenient: bool = False,
    bases: Sequence[str] = (),
) -> Search | Problems:
    """The search that decoded `params` ask for, or every problem found.

    `bases` are the server's own base addresses, for references given as absolute URLs.
    """
    if resource_type not in definitions().resource_types:
        return Problems((_unknown_type(resource_type),))
    reading = _Reading(Search(resource_type), tuple(bases))
    for name, value in params:
        if name not in _IGNORED:
            reading.take(name, value)
    if len(reading.search.criteria) > MOST_CRITERIA:
        return Problems((_too_many("criteria", "検索条件", MOST_CRITERIA),))
    refused = [issue for issue in reading.issues if not (lenient and issue.code in _PASSED_OVER)]
    if refused:
        return Problems(tuple(refused))
    return replace(reading.search, used=tuple(reading.used), ignored=tuple(reading.ignored))


@dataclass(slots=True)
class _Reading:
    """A query string half read."""

    search: Search
    bases: tuple[str, ...]
    issues: list[Issue] = field(default_factory=list)
    used: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def take(self, name: str, value: str) -> None:
        if name.partition(":")[0] in CONTROLS:
            found = read_control(self.search, name, value)
        else:
            criterion = _criterion(self.search.resource_type, name, value, self.bases)
            if isinstance(criterion, Criterion):
                found = replace(self.search, criteria=(*self.search.criteria, criterion))
            else:
                found = criterion
        if isinstance(found, Issue):
            self.issues.append(found)
            self.ignored.append(name)
            return
        self.search = found
        if name == "_count":
            value = str(found.count)
        if name != "_cursor":
            self.used.append((name, value))


def _criterion(resource_type: str, name: str, value: str, bases: tuple[str, ...]) -> Criterion | Issue:
    code, _, modifier = name.partition(":")
    parameter = searchable(resource_type).get(code)
    if parameter is None:
        return _unknown_parameter(resource_type, name)
    refused = _modifier_problem(parameter, name, modifier)
    if refused is not None:
        return refused
    texts = [value] if modifier == "missing" else split(value, ",")
    if len(texts) > MOST_ALTERNATIVES:
        return _too_many(f"alternatives of '{name}'", f"「{name}」の値", MOST_ALTERNATIVES)
    values: list[Value] = []
    for text in texts:
        found = read_value(parameter, modifier, text, bases)
        if isinstance(found, Issue):
            return found
        values.append(found)
    return Criterion(parameter, modifier, tuple(values))


def _modifier_problem(parameter: Parameter, name: str, modifier: str) -> Issue | None:
    allowed = MODIFIERS[parameter.type]
    if not modifier and ":" not in name:
        return None
    if modifier in allowed or (parameter.type == "reference" and modifier in parameter.targets):
        return None
    also = " or the type of the target" if parameter.type == "reference" else ""
    also_ja = "、または参照先の型" if parameter.type == "reference" else ""
    return error(
        "not-supported",
        f"The parameter '{name}' has the modifier or chain ':{modifier}', which is not supported here; "
        f"a {parameter.type} parameter takes {', '.join(f':{each}' for each in allowed)}{also}.",
        f"検索パラメーター「{name}」の修飾子「:{modifier}」には対応していません。"
        f"{parameter.code} に使えるのは {'、'.join(f':{each}' for each in allowed)}{also_ja} です。",
    )


def _unknown_parameter(resource_type: str, name: str) -> Issue:
    code = name.partition(":")[0]
    head = code.partition(".")[0]
    known = searchable(resource_type)
    if code in _LATER or head in known or code in parameters(resource_type):
        return error(
            "not-supported",
            f"The search parameter '{name}' is not supported by this server yet; leave it out.",
            f"検索パラメーター「{name}」にはまだ対応していません。外してください。",
        )
    valid = ", ".join([*sorted(known), *sorted(CONTROLS)])
    near = get_close_matches(code, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    hint_ja = f"「{near[0]}」のことですか。" if near else ""
    return error(
        "not-found",
        f"{resource_type} has no search parameter '{code}'.{hint} Valid ones: {valid}.",
        f"{resource_type} に検索パラメーター「{code}」はありません。{hint_ja}使えるもの: {valid}。",
    )


def _unknown_type(resource_type: str) -> Issue:
    return error(
        "not-supported",
        f"'{resource_type[:64]}' is no resource type of FHIR R4; names are case-sensitive, such as Patient.",
        f"「{resource_type[:64]}」は FHIR R4 のリソース型ではありません。"
        "Patient のように大文字小文字も正しく書いてください。",
    )


def _too_many(what: str, what_ja: str, most: int) -> Issue:
    return error(
        "too-costly",
        f"Too many {what}: at most {most} are taken. Split the search.",
        f"{what_ja}が多すぎます。{most}個までです。検索を分けてください。",
    )
