"""Texts (N1 §5.6), with the additions of N2: trim, split, join, encode, escape."""

import base64
import binascii
import html
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import EMPTY, Nodes, boolean, number, single_integer, single_text, text
from boshi.fhir.path.problem import EvaluationError

_LONGEST_PATTERN: Final = 1000


@lru_cache(maxsize=512)
def _pattern(regex: str) -> re.Pattern[str]:
    if len(regex) > _LONGEST_PATTERN:
        raise EvaluationError(f"a regular expression may be {_LONGEST_PATTERN} characters long")
    try:
        return re.compile(re.sub(r"\(\?<(\w+)>", r"(?P<\1>", regex), re.DOTALL)
    except re.error as problem:
        raise EvaluationError(f"{regex!r} is no regular expression: {problem}") from problem


def _text_function(name: str, run: Callable[[str], Nodes]) -> None:
    def applied(nodes: Nodes) -> Nodes:
        value = single_text(nodes)
        return EMPTY if value is None else run(value)

    function(name)(applied)


_text_function("upper", lambda value: text(value.upper()))
_text_function("lower", lambda value: text(value.lower()))
_text_function("length", lambda value: number(len(value)))
_text_function("trim", lambda value: text(value.strip()))
_text_function("toChars", lambda value: [node for letter in value for node in text(letter)])


def _pair_function(name: str, run: Callable[[str, str], Nodes]) -> None:
    def applied(nodes: Nodes, argument: Nodes) -> Nodes:
        value, other = single_text(nodes), single_text(argument)
        return EMPTY if value is None or other is None else run(value, other)

    function(name, 1)(applied)


_pair_function("indexOf", lambda value, part: number(value.find(part)))
_pair_function("lastIndexOf", lambda value, part: number(value.rfind(part)))
_pair_function("startsWith", lambda value, part: boolean(value.startswith(part)))
_pair_function("endsWith", lambda value, part: boolean(value.endswith(part)))
_pair_function("contains", lambda value, part: boolean(part in value))
_pair_function("matches", lambda value, pattern: boolean(_pattern(pattern).search(value) is not None))
_pair_function("matchesFull", lambda value, pattern: boolean(_pattern(pattern).fullmatch(value) is not None))
_pair_function("split", lambda value, mark: [node for part in _split(value, mark) for node in text(part)])
_pair_function("encode", lambda value, form: text(_encoded(value, form)))
_pair_function("decode", lambda value, form: text(_decoded(value, form)))
_pair_function("escape", lambda value, form: text(_escaped(value, form)))
_pair_function("unescape", lambda value, form: text(_unescaped(value, form)))


@function("substring", 1, 2)
def substring(nodes: Nodes, start: Nodes, length: Nodes | None = None) -> Nodes:
    """The text from `start` on, `length` characters of it if given; empty if `start` lies outside."""
    value, first = single_text(nodes), single_integer(start)
    if value is None or first is None or not 0 <= first < len(value):
        return EMPTY
    count = None if length is None else single_integer(length)
    return text(value[first:] if count is None else value[first : first + max(0, count)])


@function("replace", 2)
def replace(nodes: Nodes, pattern: Nodes, substitution: Nodes) -> Nodes:
    """The text with every occurrence of the pattern replaced."""
    value, old, new = single_text(nodes), single_text(pattern), single_text(substitution)
    return EMPTY if value is None or old is None or new is None else text(value.replace(old, new))


@function("replaceMatches", 2)
def replace_matches(nodes: Nodes, pattern: Nodes, substitution: Nodes) -> Nodes:
    """The text with every match of the regular expression replaced; `$1` and `${name}` stand for groups."""
    value, regex, new = single_text(nodes), single_text(pattern), single_text(substitution)
    if value is None or regex is None or new is None:
        return EMPTY
    if not regex:
        return text(value)
    groups = re.sub(r"\$(?:(\d+)|\{(\w+)\})", lambda found: rf"\g<{found[1] or found[2]}>", new)
    try:
        return text(_pattern(regex).sub(groups, value))
    except (re.error, IndexError) as problem:
        raise EvaluationError(f"{new!r} is no substitution for {regex!r}: {problem}") from problem


@function("join", 0, 1)
def join(nodes: Nodes, separator: Nodes | None = None) -> Nodes:
    """All texts of the input as one, with the separator between them."""
    mark = "" if separator is None else single_text(separator) or ""
    return text(mark.join(single_text([node]) or "" for node in nodes)) if nodes else EMPTY


def _split(value: str, mark: str) -> list[str]:
    return value.split(mark) if mark else list(value)


def _encoded(value: str, form: str) -> str:
    raw = value.encode()
    if form == "hex":
        return raw.hex()
    if form == "base64":
        return base64.b64encode(raw).decode()
    if form == "urlbase64":
        return base64.urlsafe_b64encode(raw).decode()
    raise EvaluationError(f"there is no encoding {form!r}; there are hex, base64 and urlbase64")


def _decoded(value: str, form: str) -> str:
    try:
        if form == "hex":
            return bytes.fromhex(value).decode()
        if form == "base64":
            return base64.b64decode(value, validate=True).decode()
        if form == "urlbase64":
            return base64.urlsafe_b64decode(value).decode()
    except (ValueError, binascii.Error) as problem:
        raise EvaluationError(f"the text is not {form}: {problem}") from problem
    raise EvaluationError(f"there is no encoding {form!r}; there are hex, base64 and urlbase64")


def _escaped(value: str, form: str) -> str:
    if form == "html":
        return html.escape(value, quote=False).replace('"', "&quot;")
    if form == "json":
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    raise EvaluationError(f"there is no way of escaping {form!r}; there are html and json")


def _unescaped(value: str, form: str) -> str:
    if form == "html":
        return html.unescape(value)
    if form == "json":
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)
    raise EvaluationError(f"there is no way of escaping {form!r}; there are html and json")
