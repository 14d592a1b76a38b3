"""The code lists and items that layouts name. Lists are experimental (secondary source): see README.md here."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from boshi.profiles import systems

_LIST_FILES: Final = ("lists-019.csv", "identity.csv", "vaccine-kinds.csv")

JP_BODY: Final = "http://jpfhir.jp/fhir/core/CodeSystem/JP_ObservationBodyMeasurementCode_CS"
JP_CATEGORY: Final = "http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS"
LOINC: Final = "http://loinc.org"
_CODE_SYSTEMS: Final = {
    "jp": JP_BODY,
    "jlac": "http://medis.or.jp/CodeSystem/master-JLAC10-17digits",
    "loinc": LOINC,
}
_VITAL_SIGNS: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "vital-signs",
}


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list: `codes` maps a code to its Japanese display."""

    number: str
    name: str
    codes: Mapping[str, str]

    @property
    def system(self) -> str:
        """The canonical URL of the list's CodeSystem."""
        return (
            systems.code_list(self.number)
            if self.number.isdigit()
            else f"{systems.BASE}/CodeSystem/{self.number}"
        )


@dataclass(frozen=True, slots=True)
class Item:
    """What one Observation is: its codings, categories and UCUM unit."""

    name: str
    text: str
    concept: Mapping[str, Any]
    category: tuple[Mapping[str, Any], ...]
    unit: str | None


@cache
def code_lists() -> Mapping[str, CodeList]:
    """Every list by its number or name."""
    rows: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for file in _LIST_FILES:
        text = resources.files(__name__).joinpath(file).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            rows.setdefault(row["list"], {})[row["code"]] = row["display"]
            names[row["list"]] = row["list_name"]
    return {number: CodeList(number, names[number], codes) for number, codes in rows.items()}


@cache
def items() -> Mapping[str, Item]:
    """Every item of items.yaml by its name."""
    text = resources.files(__name__).joinpath("items.yaml").read_text(encoding="utf-8")
    return {name: _item(name, told) for name, told in yaml.safe_load(text).items()}


def _item(name: str, told: Mapping[str, Any]) -> Item:
    codings: list[dict[str, str]] = []
    for coding in told.get("code", ()):
        system, code = coding.split(":", 1)
        codings.append({"system": _CODE_SYSTEMS[system], "code": code})
    codings.append({"system": f"{systems.BASE}/CodeSystem/item", "code": name, "display": told["ja"]})
    categories: list[dict[str, Any]] = [{"coding": [{"system": JP_CATEGORY, "code": told["category"]}]}]
    if told.get("vital"):
        categories.append({"coding": [_VITAL_SIGNS]})
    concept = {"coding": codings, "text": told["ja"]}
    return Item(name, told["ja"], concept, tuple(categories), told.get("unit"))
