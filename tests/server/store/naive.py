"""The plain meaning of a search: walk every resource, read its elements by hand, compare.

It shares nothing with the server but the standard: no expressions, no index entries, no folding table. Slow,
and short enough to be checked by eye.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

Resource = dict[str, Any]
JAPAN = timedelta(hours=9)
BASE = "https://kitakyushu.example.jp/fhir/"
EARLY, LATE = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)

FOLDED = {
    "佐藤": "佐藤",
    "サトウ": "サトウ",
    "さとう": "サトウ",
    "ｻﾄｳ": "サトウ",
    "SATO": "sato",
    "ｓａｔｏ": "sato",
    "Sato, Jr": "satojr",
    "渡邊": "渡辺",
    "渡辺": "渡辺",
    "花子": "花子",
    "サ": "サ",
    "花": "花",
}
"""Every text that the test draws, as it is compared."""


def walk(resource: Any, *path: str) -> Iterator[Any]:
    """The values at a path of JSON names; lists are gone through, wherever they are."""
    if isinstance(resource, list):
        for item in resource:
            yield from walk(item, *path)
    elif not path:
        if resource is not None:
            yield resource
    elif isinstance(resource, dict) and path[0] in resource:
        yield from walk(resource[path[0]], *path[1:])


def stretch(text: str) -> tuple[datetime, datetime]:
    """First and last moment of a date, as [low, high)."""
    if "T" in text:
        seconds = re.fullmatch(r"(.*T\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)", text)
        assert seconds is not None
        low = datetime.fromisoformat(text).astimezone(UTC)
        return low, low + timedelta(seconds=1)
    parts = [int(part) for part in text.split("-")]
    low = datetime(*[*parts, 1, 1][:3], tzinfo=UTC)
    if len(parts) == 3:
        high = low + timedelta(days=1)
    elif len(parts) == 2:
        high = low.replace(year=low.year + low.month // 12, month=low.month % 12 + 1)
    else:
        high = low.replace(year=low.year + 1)
    return low - JAPAN, high - JAPAN


def stretches(values: Iterator[Any]) -> list[tuple[datetime, datetime]]:
    found = []
    for value in values:
        if isinstance(value, str):
            found.append(stretch(value))
        elif value.get("start") or value.get("end"):
            low = stretch(value["start"])[0] if "start" in value else EARLY
            found.append((low, stretch(value["end"])[1] if "end" in value else LATE))
    return found


def dates_agree(prefix: str, wanted: tuple[datetime, datetime], held: tuple[datetime, datetime]) -> bool:
    inside = wanted[0] <= held[0] and held[1] <= wanted[1]
    below, above = held[0] < wanted[0], held[1] > wanted[1]
    return {
        "eq": inside,
        "ne": not inside,
        "lt": below,
        "gt": above,
        "le": below or inside,
        "ge": above or inside,
        "sa": held[0] >= wanted[1],
        "eb": held[1] <= wanted[0],
        "ap": held[0] < wanted[1] and wanted[0] < held[1],
    }[prefix]


def numbers_agree(prefix: str, text: str, held: Decimal, factor: Decimal = Decimal(1)) -> bool:
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5).scaleb(exponent - 1)
    if prefix == "ap":
        half = max(half, abs(number) / 10)
    low, high, number = (number - half) * factor, (number + half) * factor, number * factor
    return {
        "eq": low <= held < high,
        "ap": low <= held < high,
        "ne": not low <= held < high,
        "lt": held < number,
        "eb": held < number,
        "le": held <= number,
        "ge": held >= number,
        "gt": held > number,
        "sa": held > number,
    }[prefix]


def codings(*path: str) -> Callable[[Resource], list[tuple[str, str]]]:
    return lambda resource: [
        (coding.get("system", ""), coding["code"]) for coding in walk(resource, *path, "coding")
    ]


def coding(*path: str) -> Callable[[Resource], list[tuple[str, str]]]:
    return lambda resource: [(held.get("system", ""), held["code"]) for held in walk(resource, *path)]


def identifiers(resource: Resource) -> list[tuple[str, str]]:
    return [(held.get("system", ""), held["value"]) for held in walk(resource, "identifier")]


def codes(*path: str) -> Callable[[Resource], list[tuple[str, str]]]:
    """Codes of a required binding; the test asks for them without a system."""
    return lambda resource: [("?", str(value)) for value in walk(resource, *path)]


def both(*readers: Callable[[Resource], list[Any]]) -> Callable[[Resource], list[Any]]:
    return lambda resource: [value for read in readers for value in read(resource)]


def at(*path: str) -> Callable[[Resource], list[Any]]:
    return lambda resource: list(walk(resource, *path))


def name_parts(resource: Resource) -> list[str]:
    found: list[str] = []
    for name in walk(resource, "name"):
        parts = [*walk(name, "family"), *walk(name, "given")]
        found += [*walk(name, "text"), *parts, "".join(parts)]
    return found


def only_patients(*path: str) -> Callable[[Resource], list[str]]:
    return lambda resource: [value for value in walk(resource, *path) if value.startswith("Patient/")]


READ: dict[tuple[str, str], tuple[str, Callable[[Resource], list[Any]]]] = {
    ("Patient", "name"): ("string", name_parts),
    ("Patient", "phonetic"): ("string", name_parts),
    ("Patient", "family"): ("string", at("name", "family")),
    ("Patient", "given"): ("string", at("name", "given")),
    ("Patient", "birthdate"): ("date", at("birthDate")),
    ("Patient", "death-date"): ("date", at("deceasedDateTime")),
    ("Patient", "gender"): ("token", codes("gender")),
    ("Patient", "identifier"): ("token", identifiers),
    ("Patient", "general-practitioner"): ("reference", at("generalPractitioner", "reference")),
    ("Observation", "code"): ("token", codings("code")),
    ("Observation", "component-code"): ("token", codings("component", "code")),
    ("Observation", "combo-code"): ("token", both(codings("code"), codings("component", "code"))),
    ("Observation", "status"): ("token", codes("status")),
    ("Observation", "identifier"): ("token", identifiers),
    ("Observation", "subject"): ("reference", at("subject", "reference")),
    ("Observation", "patient"): ("reference", only_patients("subject", "reference")),
    ("Observation", "performer"): ("reference", at("performer", "reference")),
    ("Observation", "date"): ("date", both(at("effectiveDateTime"), at("effectivePeriod"))),
    ("Observation", "value-date"): ("date", at("valueDateTime")),
    ("Observation", "value-string"): ("string", at("valueString")),
    ("Observation", "value-quantity"): ("quantity", at("valueQuantity")),
    ("Observation", "combo-value-quantity"): (
        "quantity",
        both(at("valueQuantity"), at("component", "valueQuantity")),
    ),
    ("Encounter", "date"): ("date", at("period")),
    ("Encounter", "status"): ("token", codes("status")),
    ("Encounter", "class"): ("token", coding("class")),
    ("Encounter", "location-period"): ("date", at("location", "period")),
    ("Encounter", "patient"): ("reference", only_patients("subject", "reference")),
    ("Immunization", "vaccine-code"): ("token", codings("vaccineCode")),
    ("Immunization", "date"): ("date", at("occurrenceDateTime")),
    ("Immunization", "reaction-date"): ("date", at("reaction", "date")),
    ("Immunization", "patient"): ("reference", at("patient", "reference")),
    ("RiskAssessment", "probability"): ("number", at("prediction", "probabilityDecimal")),
}
"""Type and parameter -> what kind of value it compares, and where the values stand."""

for _type in ("Patient", "Observation", "Encounter", "Immunization", "RiskAssessment"):
    READ[_type, "_id"] = ("token", codes("id"))
    READ[_type, "_tag"] = ("token", coding("meta", "tag"))
    READ[_type, "_profile"] = ("uri", at("meta", "profile"))
    READ[_type, "_lastUpdated"] = ("moment", at("meta", "lastUpdated"))

TARGETS = {
    "general-practitioner": ("Practitioner", "Organization", "PractitionerRole"),
    "subject": ("Patient", "Group", "Device", "Location"),
    "performer": ("Patient", "Practitioner", "RelatedPerson"),
    "patient": ("Patient",),
}


def matches(resource: Resource, params: list[tuple[str, str]]) -> bool:
    """Whether the resource meets every parameter."""
    return all(_meets(resource, name, value) for name, value in params)


def _meets(resource: Resource, name: str, text: str) -> bool:
    code, _, modifier = name.partition(":")
    kind, read = READ[resource["resourceType"], code]
    held = read(resource)
    if modifier == "missing":
        return (not held) is (text == "true")
    wanted = [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text)]
    found = any(_equal(kind, code, modifier, value, each) for value in wanted for each in held)
    return not found if modifier == "not" else found


def _equal(kind: str, code: str, modifier: str, wanted: str, held: Any) -> bool:
    if kind == "token":
        *system, value = (part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|", wanted))
        return system in ([], [held[0]]) and value in ("", held[1])
    if kind == "reference":
        return _same_reference(code, modifier, wanted, held)
    if kind == "string":
        return _same_text(modifier, wanted, held)
    if kind == "uri":
        return bool(wanted == held)
    prefix, rest = (wanted[:2], wanted[2:]) if wanted[:2].isalpha() else ("eq", wanted)
    if kind == "date":
        return any(dates_agree(prefix, stretch(rest), each) for each in stretches(iter([held])))
    if kind == "moment":
        moment = datetime.fromisoformat(held)
        return dates_agree(prefix, stretch(rest), (moment, moment + timedelta(milliseconds=1)))
    if kind == "number":
        return numbers_agree(prefix, rest, held)
    return _same_quantity(prefix, rest, held)


def _same_reference(code: str, modifier: str, wanted: str, held: str) -> bool:
    wanted = wanted.removeprefix(BASE)
    types = (modifier,) if modifier else TARGETS[code]
    if "/" in wanted:
        return wanted == held
    return held in [f"{each}/{wanted}" for each in types]


def _same_text(modifier: str, wanted: str, held: str) -> bool:
    if modifier == "exact":
        return wanted == held
    known = FOLDED.get(held) or "".join(FOLDED[part] for part in _parted(held))
    return FOLDED[wanted] in known if modifier == "contains" else known.startswith(FOLDED[wanted])


def _parted(joined: str) -> list[str]:
    """The drawn texts that a joined name is made of."""
    for first in FOLDED:
        if joined == first:
            return [first]
        if joined.startswith(first) and (rest := joined[len(first) :]) and (more := _parted(rest)):
            return [first, *more]
    return []


GRAMS = {"g": Decimal(1), "kg": Decimal(1000)}


def _same_quantity(prefix: str, wanted: str, held: dict[str, Any]) -> bool:
    number, _, rest = wanted.partition("|")
    system, _, unit = rest.partition("|")
    if not unit:
        return numbers_agree(prefix, number, held["value"])
    assert system in ("http://unitsofmeasure.org", "")
    code = held.get("code")
    if unit in GRAMS and code in GRAMS:
        return numbers_agree(prefix, number, held["value"] * GRAMS[code], GRAMS[unit])
    return unit == code and numbers_agree(prefix, number, held["value"])
