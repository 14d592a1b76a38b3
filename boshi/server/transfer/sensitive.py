"""Records that need care: they stay, unless a request says why it needs them and staff releases them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from boshi.fhir.outcome import Resource
from boshi.fhir.search.fold import fold
from boshi.profiles.systems import code_list

_TEXTS = ("display", "text", "valueString", "div", "value", "title", "description", "note")


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The rule as data: folded words, codings and labels, each as (system, code)."""

    words: frozenset[str]
    codings: frozenset[tuple[str, str]]
    systems: frozenset[str]

    def holds_back(self, record: Resource) -> bool:
        """Whether any label, code or text of the record is of the kind that needs care."""
        return any(self._is_sensitive(holder) for holder in _objects(record))

    def _is_sensitive(self, holder: dict[str, Any]) -> bool:
        system, code = str(holder.get("system", "")), str(holder.get("code", ""))
        if (system, code) in self.codings or system in self.systems:
            return True
        texts = [fold(value) for key in _TEXTS if isinstance(value := holder.get(key), str)]
        return any(word in text for text in texts for word in self.words)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def load_sensitivity(path: Path | None = None) -> Sensitivity:
    """The rule in `path`, or the one that ships."""
    if path is None:
        return _shipped()
    return _read(path.read_text(encoding="utf-8"))


@cache
def _shipped() -> Sensitivity:
    return _read(files(__package__).joinpath("sensitive.yaml").read_text(encoding="utf-8"))


def _read(text: str) -> Sensitivity:
    told = yaml.safe_load(text)
    labelled = [(label["system"], str(code)) for label in told["labels"] for code in label["codes"]]
    codings = [(coding["system"], str(coding["code"])) for coding in told["codes"]]
    return Sensitivity(
        words=frozenset(fold(word) for word in told["words"]),
        codings=frozenset([*labelled, *codings]),
        systems=frozenset(code_list(str(number)) for number in told["lists"]),
    )
