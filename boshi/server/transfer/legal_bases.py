"""The legal basis of each class of record, as data that a town can replace. Not legal advice."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

_DATA = "legal_bases.yaml"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One reading of the law: `mark` is P, S or RECALLED; `consent` says whether it stands on consent."""

    code: str
    law: str
    text: str
    consent: bool
    mark: str


@dataclass(frozen=True, slots=True)
class RecordClass:
    """A class of record that may be asked for, with its bases in the order of preference."""

    code: str
    title: str
    affair: str
    bases: tuple[LegalBasis, ...]

    def basis(self, code: str | None = None) -> LegalBasis | None:
        """The named basis, the first without a name, None for one that this class does not stand on."""
        if code is None:
            return self.bases[0]
        return next((basis for basis in self.bases if basis.code == code), None)


@dataclass(frozen=True, slots=True)
class LegalBases:
    """The whole list with the day it was last read against the law."""

    dated: str
    notice: str
    affairs: Mapping[str, str]
    classes: Mapping[str, RecordClass]


def load_legal_bases(path: Path | None = None) -> LegalBases:
    """The list in `path`, or the one that ships. ValueError names what is wrong in the file."""
    if path is None:
        return _shipped()
    return _read(path.read_text(encoding="utf-8"), str(path))


@cache
def _shipped() -> LegalBases:
    return _read(files(__package__).joinpath(_DATA).read_text(encoding="utf-8"), _DATA)


def _read(text: str, name: str) -> LegalBases:
    try:
        told: dict[str, Any] = yaml.safe_load(text)
        bases = {code: LegalBasis(code=code, **basis) for code, basis in told["bases"].items()}
        classes = [_record_class(item, bases) for item in told["classes"]]
        return LegalBases(
            dated=str(told["dated"]),
            notice=told["notice"],
            affairs=told["affairs"],
            classes={item.code: item for item in classes},
        )
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as problem:
        raise ValueError(
            f"{name}: not a list of legal bases ({problem}). 法的根拠の一覧として読めません。"
        ) from problem


def _record_class(item: dict[str, Any], bases: Mapping[str, LegalBasis]) -> RecordClass:
    return RecordClass(
        code=item["class"],
        title=item["title"],
        affair=item["affair"],
        bases=tuple(bases[code] for code in item["bases"]),
    )
