"""The parameters that shape the answer, not what is found (R4 §3.1.1.5): `_count`, `_sort`, `_include` …"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal, get_args

from boshi.fhir.outcome import Issue, error
from boshi.fhir.search.catalogue import Parameter, parameters
from boshi.fhir.search.criteria import LARGEST_COUNT, Include, Search, Sort

Total = Literal["none", "estimate", "accurate"]

MOST_SORT_KEYS: Final = 3
MOST_INCLUDES: Final = 20
SORTABLE_TYPES: Final = frozenset({"token", "reference", "string", "date", "number", "quantity", "uri"})


def read_control(search: Search, name: str, value: str) -> Search | Issue:
    """The search with this control taken in, or what is wrong with it."""
    code, colon, modifier = name.partition(":")
    if colon:
        return error(
            "not-supported",
            f"'{code}' does not support the modifier ':{modifier}' yet; use '{code}'.",
            f"「{code}」の修飾子「:{modifier}」にはまだ対応していません。「{code}」を使ってください。",
        )
    return _READERS[code](search, value)


def _bad(name: str, value: str, expected: str, expected_ja: str) -> Issue:
    found = value if len(value) <= 80 else value[:80] + "…"
    return error(
        "invalid",
        f"The parameter '{name}' has the value '{found}'; expected {expected}.",
        f"検索パラメーター「{name}」の値「{found}」は使えません。{expected_ja}を指定してください。",
    )


def _count(search: Search, value: str) -> Search | Issue:
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        return _bad("_count", value, f"a number from 0 to {LARGEST_COUNT}", f"0から{LARGEST_COUNT}までの数")
    return replace(search, count=min(int(value), LARGEST_COUNT))


def _total(search: Search, value: str) -> Search | Issue:
    for total in get_args(Total):
        if value == total:
            return replace(search, total=total)
    return _bad("_total", value, "none, estimate or accurate", "none、estimate、accurate のどれか")


def _summary(search: Search, value: str) -> Search | Issue:
    if value == "false":
        return search
    if value == "count":
        return replace(search, count=0)
    return _bad("_summary", value, "count or false (other summaries are not supported yet)", "count か false")


def _cursor(search: Search, value: str) -> Search | Issue:
    return replace(search, cursor=value)


def _sort(search: Search, value: str) -> Search | Issue:
    keys: list[Sort] = []
    for text in value.split(","):
        code = text.removeprefix("-")
        parameter = parameters(search.resource_type).get(code)
        if parameter is None or parameter.type not in SORTABLE_TYPES:
            valid = ", ".join(_sortable(search.resource_type))
            return _bad(
                "_sort",
                value,
                f"codes, each with or without '-', of: {valid}",
                f"次のどれか(降順は先頭に -): {valid} ",
            )
        keys.append(Sort(parameter, text.startswith("-")))
    if len(keys) > MOST_SORT_KEYS or len({key.parameter.code for key in keys}) < len(keys):
        return _bad(
            "_sort",
            value,
            f"at most {MOST_SORT_KEYS} different codes",
            f"異なる{MOST_SORT_KEYS}個以内のコード",
        )
    return replace(search, sort=tuple(keys))


def _sortable(resource_type: str) -> list[str]:
    return [code for code, each in parameters(resource_type).items() if each.type in SORTABLE_TYPES]


def _include(search: Search, value: str) -> Search | Issue:
    found = _read_include("_include", value)
    if isinstance(found, Issue):
        return found
    if found.parameter.resource_type != search.resource_type:
        example = f"{search.resource_type}:{found.parameter.code}"
        return _bad(
            "_include",
            value,
            f"a reference of the searched type, as {example}",
            f"{example} のような検索対象の型の参照",
        )
    return _bounded(replace(search, includes=(*search.includes, found)), "_include", value)


def _revinclude(search: Search, value: str) -> Search | Issue:
    found = _read_include("_revinclude", value)
    if isinstance(found, Issue):
        return found
    pointed = found.target or search.resource_type
    if pointed != search.resource_type or not _may_point(found.parameter, pointed):
        expected = f"a reference that can point to {search.resource_type}, such as Provenance:target"
        return _bad(
            "_revinclude", value, expected, f"{search.resource_type} を指せる参照(例: Provenance:target)"
        )
    return _bounded(replace(search, revincludes=(*search.revincludes, found)), "_revinclude", value)


def _may_point(parameter: Parameter, target: str) -> bool:
    return parameter.only == target if parameter.only else target in parameter.targets


def _read_include(name: str, value: str) -> Include | Issue:
    parts = value.split(":")
    parameter = parameters(parts[0]).get(parts[1]) if len(parts) in (2, 3) else None
    target = parts[2] if len(parts) == 3 else None
    if parameter is None or parameter.type != "reference":
        return _bad(
            name,
            value,
            "Type:parameter or Type:parameter:Target, the parameter a reference",
            "型:参照パラメーター または 型:参照パラメーター:参照先の型",
        )
    if target is not None and not _may_point(parameter, target):
        valid = ", ".join(parameter.targets)
        return _bad(name, value, f"one of these targets: {valid}", f"参照先として次のどれか: {valid} ")
    return Include(parameter, target)


def _bounded(search: Search, name: str, value: str) -> Search | Issue:
    if len(search.includes) + len(search.revincludes) > MOST_INCLUDES:
        return _bad(
            name, value, f"at most {MOST_INCLUDES} includes in one search", f"合わせて{MOST_INCLUDES}個以内"
        )
    return search


_READERS: Final[Mapping[str, Callable[[Search, str], Search | Issue]]] = MappingProxyType(
    {
        "_count": _count,
        "_total": _total,
        "_summary": _summary,
        "_sort": _sort,
        "_include": _include,
        "_revinclude": _revinclude,
        "_cursor": _cursor,
    }
)

CONTROLS: Final = frozenset(_READERS)
"""The names this module reads."""
