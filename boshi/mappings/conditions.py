"""Conditions of a layout: `{column: present}`, `{column: [codes]}`, `{column: {matches: pattern}}`, all of them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Condition: TypeAlias = Callable[[Mapping[str, Any]], bool]


def condition(told: Mapping[str, Any], read: Mapping[str, Callable[[str], Any]]) -> Condition:
    """Whether a row's values fulfil every clause; `read` gives the values that file codes mean."""
    clauses = tuple(_clause(column, clause, read) for column, clause in told.items())
    return lambda values: all(clause(values) for clause in clauses)


def _clause(column: str, clause: Any, read: Mapping[str, Callable[[str], Any]]) -> Condition:
    if clause == "present":
        return lambda values: values.get(column) is not None
    if isinstance(clause, Mapping):
        pattern = re.compile(clause["matches"])
        return lambda values: isinstance(values.get(column), str) and bool(pattern.fullmatch(values[column]))
    meant = [read[column](code) for code in clause]
    return lambda values: values.get(column) in meant
