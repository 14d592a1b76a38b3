"""Common Japanese names with their kana, and made-up streets: no real person, no real address."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class Name:
    """A surname, a given name, a street or a clinic: as it is written, and as it is read if that is known."""

    kanji: str
    kana: str


def _lists() -> dict[str, tuple[Name, ...]]:
    lists: defaultdict[str, list[Name]] = defaultdict(list)
    text = files(__package__).joinpath("names.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        lists[row["list"]].append(Name(row["written"], row["read"]))
    return {name: tuple(entries) for name, entries in lists.items()}


_LISTS: Final = _lists()

SURNAMES: Final = _LISTS["surnames"]
OLD_FORM_SURNAMES: Final = _LISTS["old-form-surnames"]
"""Old and variant forms: CP932 holds them in its IBM extension."""
BEYOND_CP932_SURNAMES: Final = _LISTS["beyond-cp932-surnames"]
"""Characters outside the basic plane, and a variation selector: CP932 cannot hold them."""
GIRLS: Final = _LISTS["girls"]
BOYS: Final = _LISTS["boys"]
WOMEN: Final = _LISTS["women"]
MEN: Final = _LISTS["men"]
FOREIGN_MOTHERS: Final = tuple(name.kanji for name in _LISTS["foreign-mothers"])
"""Latin names without kana are normal."""
STREETS: Final = tuple(name.kanji for name in _LISTS["streets"])
CLINICS: Final = tuple(name.kanji for name in _LISTS["clinics"])
"""The first three deliver babies, the others vaccinate them."""
DOCTORS: Final = tuple(name.kanji for name in _LISTS["doctors"])
