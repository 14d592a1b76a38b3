"""Canonical URLs of our own artefacts, and the identity of a record.

There is no system for 個人番号, on purpose: that number never enters.
"""

import hashlib
from typing import Final

BASE: Final = "http://boshi-fhir.example.jp/fhir"

RECORD_CLASS: Final = f"{BASE}/CodeSystem/record-class"
"""meta.tag: which class of record this is, the unit of a legal basis."""
PROTECTION: Final = f"{BASE}/CodeSystem/protection"
"""meta.security: support-1, support-2, support-3 (支援措置区分), temporary-custody (一時保護)."""
ORIGIN: Final = f"{BASE}/id/municipality"
"""Identifier system of 団体コード, 6 digits."""

HOUSEHOLD_EXTENSION: Final = f"{BASE}/StructureDefinition/household"
RESIDENCE_EXTENSION: Final = f"{BASE}/StructureDefinition/residence"
RELATED_PATIENT_EXTENSION: Final = f"{BASE}/StructureDefinition/related-patient"
SOURCE_ROW_EXTENSION: Final = f"{BASE}/StructureDefinition/source-row"

EN_REPRESENTATION: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
"""IDE = kanji, SYL = kana (JP Core 1.2.0)."""


def atena(code: str) -> str:
    """Identifier system of 宛名番号 in the town with this 団体コード."""
    return f"{BASE}/id/atena/{code}"


def pregnancy(code: str) -> str:
    """Identifier system of 宛名番号-登録番号, one per pregnancy."""
    return f"{BASE}/id/pregnancy/{code}"


def handbook(code: str) -> str:
    """Identifier system of 交付番号-枝番 of the 母子健康手帳."""
    return f"{BASE}/id/boshi-techo/{code}"


def household(code: str) -> str:
    """Identifier system of 世帯番号."""
    return f"{BASE}/id/household/{code}"


def record(code: str) -> str:
    """Identifier system of "layout|key|place": the row and place a record came from."""
    return f"{BASE}/id/record/{code}"


def code_list(number: str) -> str:
    """CodeSystem of list `number` of 業務 019 (secondary source, experimental)."""
    return f"{BASE}/CodeSystem/list-{number}"


def record_id(code: str, layout: str, key: str, place: str) -> str:
    """The id of the record that town `code` makes from the row `key` of `layout` at `place`.

    The same row gives the same id for ever, and no other town gives it: a transfer keeps it.
    """
    return hashlib.sha256("\x1f".join((code, layout, key, place)).encode()).hexdigest()[:32]
