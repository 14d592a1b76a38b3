"""What a cell's text means, and how a value is written back: one pair of closures for each column type."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, TypeAlias

from boshi.mappings.codes import CodeList, code_lists
from boshi.mappings.eras import read_date, write_date
from boshi.mappings.kana import full_width, half_width
from boshi.mappings.layout import Column
from boshi.mappings.municipality_code import read_code, write_code
from boshi.mappings.rejects import (
    Reason,
    lost_zeros,
    malformed,
    not_in_list,
    out_of_range,
    past_era,
    unwritable,
)
from boshi.profiles.systems import BASE

DATA_ABSENT: Final = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "unknown",
}
SOURCE_TEXT: Final = f"{BASE}/StructureDefinition/source-text"
"""Extension of a date whose file said more than a FHIR date can hold (a day without its month)."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with what stands beside it: `value` None means absent, `source` the text as it stood."""

    value: Any
    source: str = ""
    warning: Reason | None = None

    @property
    def extensions(self) -> list[dict[str, Any]]:
        """The extensions of the primitive element that holds the value."""
        absent = [dict(DATA_ABSENT)] if self.value is None else []
        return absent + ([{"url": SOURCE_TEXT, "valueString": self.source}] if self.source else [])


UNKNOWN: Final = Noted(None)
"""不詳: there is a value and nobody knows it."""

Read: TypeAlias = Callable[[str], Any]
"""Text of a filled cell to a FHIR value, `Noted`, None for blank, or the `Reason` why not."""
Write: TypeAlias = Callable[[Any], "str | Reason"]
"""FHIR value or `Noted` to text, or the `Reason` why not."""

_DIGITS: Final = re.compile(r"[0-9]+\Z")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,17}(\.[0-9]{1,17})?\Z")
_JAPAN: Final = timezone(timedelta(hours=9))
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?\Z")


def codec(column: Column) -> tuple[Read, Write]:
    """How the column's cells are read and written."""
    make: Callable[[Mapping[str, Any]], tuple[Read, Write]] = _TYPES[column.type]
    read, write = make(column.options)
    blank = frozenset(column.options.get("blank", ())) | _BLANK.get(column.type, frozenset())
    if not takes_unknown(column):
        return _with_blank(read, blank), write
    unknown = str(column.options.get("unknown", "不詳"))
    return _with_blank(_with_unknown(read, unknown), blank), _unknown_written(write, unknown)


def takes_unknown(column: Column) -> bool:
    """Whether the column's cells may say 不詳. In a text column that is a text; a number of 宛名 is known."""
    return column.type not in ("text", "digits") and not column.options.get("never_unknown", False)


_BLANK: Final = {"date": frozenset({"00000000", "0000000"})}


def _with_blank(read: Read, blank: frozenset[str]) -> Read:
    def reading(text: str) -> Any:
        return None if text in blank or text.isspace() else read(text)

    return reading


def _with_unknown(read: Read, unknown: str) -> Read:
    def reading(text: str) -> Any:
        return UNKNOWN if text in ("不詳", unknown) else read(text)

    return reading


def _unknown_written(write: Write, unknown: str) -> Write:
    def writing(value: Any) -> str | Reason:
        if isinstance(value, Noted):
            return value.source or (unknown if value.value is None else write(value.value))
        return write(value)

    return writing


def _plain(text: str) -> str:
    clean = text.isascii() and text[:1] != " " and text[-1:] != " "
    return text if clean else unicodedata.normalize("NFKC", text).strip()


def _text(options: Mapping[str, Any]) -> tuple[Read, Write]:
    to_fhir = full_width if options.get("kana") == "half" else str
    to_file = half_width if options.get("kana") == "half" else str
    pattern = re.compile(options["pattern"]) if "pattern" in options else None

    def read(text: str) -> Any:
        if pattern and not pattern.fullmatch(text):
            return malformed(f"of the form {options['pattern']}", f"{options['pattern']}の形")
        return to_fhir(text)

    def write(value: Any) -> str | Reason:
        return to_file(value) if isinstance(value, str) else unwritable("not a text", "文字列でない")

    return read, write


def _digits(options: Mapping[str, Any]) -> tuple[Read, Write]:
    digits: int = options["digits"]
    in_file: int = options.get("file_digits", digits)
    restore: bool = options.get("restore_zeros", False)

    def read(text: str) -> Any:
        plain = _plain(text)
        if not _DIGITS.match(plain):
            return malformed(f"a number of up to {digits} digits", f"{digits}桁までの数字")
        significant = plain.lstrip("0")
        if len(significant) > digits or (len(plain) > digits and len(plain) > in_file):
            return malformed(f"a number of up to {digits} digits", f"{digits}桁までの数字")
        if not restore and len(plain) != in_file and in_file:
            return lost_zeros(in_file)
        return plain.zfill(digits)

    def write(value: Any) -> str | Reason:
        if not isinstance(value, str) or not _DIGITS.match(value):
            return unwritable("not a number", "数字でない")
        short = value.lstrip("0") or "0"
        return (
            short.zfill(in_file) if len(short) <= (in_file or digits) else unwritable("too long", "桁が多い")
        )

    return read, write


_MALFORMED_DATE: Final = malformed("a date", "日付")


def _date(options: Mapping[str, Any]) -> tuple[Read, Write]:
    notation: str = options["notation"]

    def read(text: str) -> Any:
        found = read_date(text)
        if found is None:
            return _MALFORMED_DATE
        if found.value is not None and not found.inexact and not found.outside:
            return found.value
        if found.value is None and not found.inexact:
            return UNKNOWN
        warning = past_era(found.outside) if found.outside else None
        return Noted(found.value, _plain(text) if found.inexact else "", warning)

    def write(value: Any) -> str | Reason:
        written = write_date(value, notation) if isinstance(value, str) else None
        return (
            unwritable(f"no date for {notation}", f"{notation}で書けない日付") if written is None else written
        )

    return read, write


def _datetime(options: Mapping[str, Any]) -> tuple[Read, Write]:
    day_notation = options["notation"].split(" ")[0]

    def read(text: str) -> Any:
        day, _, clock = unicodedata.normalize("NFKC", text).strip().partition(" ")
        found = read_date(day)
        if found is None or found.inexact:
            return malformed("a date and time", "日時")
        if not clock:
            return found.value if found.value else UNKNOWN
        time = _CLOCK.match(clock)
        if not time or not found.value or len(found.value) < 10:
            return malformed("a date and time", "日時")
        hour, minute, second = time.groups()
        return f"{found.value}T{int(hour):02d}:{minute}:{second or '00'}+09:00"

    def write(value: Any) -> str | Reason:
        day, clock = _japanese(value) if isinstance(value, str) else ("", "")
        written = write_date(day, day_notation)
        if written is None:
            return unwritable("no date and time", "日時でない")
        return f"{written} {clock}" if clock else written

    return read, write


def _japanese(value: str) -> tuple[str, str]:
    if "T" not in value:
        return value, ""
    try:
        local = datetime.fromisoformat(value).astimezone(_JAPAN)
    except ValueError:
        return "", ""
    return local.strftime("%Y-%m-%d"), local.strftime("%H:%M:%S" if local.second else "%H:%M")


def _code(options: Mapping[str, Any]) -> tuple[Read, Write]:
    listed = code_lists()[options["list"]]
    meaning: Mapping[str, str] = options.get("map", {})
    known = {code: meaning.get(code, code) for code in (meaning or listed.codes)}
    back = {value: code for code, value in known.items()}
    open_codes = re.compile(options["open"]) if "open" in options else None
    width = _common_width(listed)
    refused = not_in_list(listed.number, listed.name)

    def read(text: str) -> Any:
        if (value := known.get(text)) is not None:
            return value
        plain = _plain(text).zfill(width)
        if (value := known.get(plain)) is not None:
            return value
        return plain if open_codes and open_codes.fullmatch(plain) else refused

    def write(value: Any) -> str | Reason:
        if (code := back.get(value)) is not None:
            return code
        if open_codes and isinstance(value, str) and open_codes.fullmatch(value):
            return value
        return unwritable(f"{value} is not in list {listed.number}", f"コード表{listed.number}にない")

    return read, write


def _common_width(listed: CodeList) -> int:
    widths = {len(code) for code in listed.codes}
    return widths.pop() if len(widths) == 1 else 0


def _decimal(options: Mapping[str, Any]) -> tuple[Read, Write]:
    low, high = Decimal(str(options["min"])), Decimal(str(options["max"]))

    def read(text: str) -> Any:
        plain = _plain(text)
        if not _NUMBER.match(plain):
            return malformed("a number", "数値")
        value = Decimal(plain)
        return value if low <= value <= high else out_of_range(low, high)

    def write(value: Any) -> str | Reason:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return unwritable("not a number", "数値でない")
        return format(Decimal(value), "f")

    return read, write


def _integer(options: Mapping[str, Any]) -> tuple[Read, Write]:
    low, high = int(options["min"]), int(options["max"])

    def read(text: str) -> Any:
        plain = _plain(text)
        if not _DIGITS.match(plain) or len(plain) > 18:
            return malformed("a whole number", "整数")
        value = int(plain)
        return value if low <= value <= high else out_of_range(low, high)

    def write(value: Any) -> str | Reason:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value != int(value):
            return unwritable("not a whole number", "整数でない")
        return str(int(value))

    return read, write


def _municipality(options: Mapping[str, Any]) -> tuple[Read, Write]:
    variant: str = options["variant"]

    def read(text: str) -> Any:
        code = read_code(_plain(text), variant)
        return (
            malformed(f"a 団体コード of the kind {variant}", f"{variant}の団体コード")
            if code is None
            else code
        )

    def write(value: Any) -> str | Reason:
        written = write_code(value, variant) if isinstance(value, str) else None
        return unwritable("no 団体コード", "団体コードでない") if written is None else written

    return read, write


_TYPES: Final[Mapping[str, Callable[[Mapping[str, Any]], tuple[Read, Write]]]] = {
    "text": _text,
    "digits": _digits,
    "date": _date,
    "datetime": _datetime,
    "code": _code,
    "decimal": _decimal,
    "integer": _integer,
    "municipality": _municipality,
}
