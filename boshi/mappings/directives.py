"""The `$` words of a template: codings, persons, links between records, names, quantities, cases."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from boshi.mappings.codes import CodeList
from boshi.mappings.columns import DATA_ABSENT, UNKNOWN, Noted
from boshi.mappings.conditions import Condition
from boshi.mappings.template import (
    LATER,
    AnyTown,
    Found,
    Node,
    People,
    Values,
    is_absent,
    put_noted,
    read_element,
)
from boshi.profiles.systems import atena, record_id

UCUM: Final = "http://unitsofmeasure.org"
_ABSENT_REASON: Final = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
}


@lru_cache(maxsize=65536)
def patient_reference(town: str, number: str) -> str:
    """The reference to the Patient that the residents file makes of this 宛名番号."""
    return f"Patient/{record_id(town, 'residents', number, 'Patient')}"


class Unresolved(str):
    """A reference to a Patient without a 宛名番号 in this town: the row cannot be exported."""


class CodingNode:
    """`{$coding: column}`: a Coding of the column's list."""

    def __init__(self, column: str, listed: CodeList) -> None:
        self.columns: tuple[str, ...] = (column,)
        self._column, self._system = column, listed.system
        self._codings = {
            code: {"system": listed.system, "code": code, "display": text}
            for code, text in listed.codes.items()
        }

    def fill(self, values: Values) -> Any:
        """The Coding; 不詳 is a Coding that says so."""
        code = values.get(self._column)
        if code is None:
            return None
        if code is UNKNOWN:
            return {"system": self._system, "extension": [dict(DATA_ABSENT)]}
        return self._codings.get(code) or {"system": self._system, "code": code}

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """The code, when the Coding is of this list."""
        if not isinstance(element, dict) or element.get("system") != self._system:
            return None
        code = element.get("code")
        if code is None:
            return {self._column: UNKNOWN} if is_absent(element) else None
        return {self._column: code}


class PatientNode:
    """`{$patient: column}`: a reference to a Patient of the town's residents file, who must be there."""

    def __init__(self, column: str, town: str) -> None:
        self.columns: tuple[str, ...] = (column,)
        self._column, self._town = column, town

    def fill(self, values: Values) -> Any:
        """The reference."""
        number = values.get(self._column)
        return None if number is None else {"reference": patient_reference(self._town, number)}

    def match(self, element: Any, people: People) -> Found | None:
        """The 宛名番号 that the Patient has in the exporting town."""
        reference = element.get("reference") if isinstance(element, dict) else None
        if reference is None:
            return None
        return {self._column: people(reference) or Unresolved(reference)}


class PersonNode(PatientNode):
    """`{$person: column}`: a reference to a person who may not be in the town; the identifier stays."""

    def fill(self, values: Values) -> Any:
        """The reference with the person's identifier beside it."""
        number = values.get(self._column)
        if number is None:
            return None
        return {
            "reference": patient_reference(self._town, number),
            "identifier": {"system": atena(self._town), "value": number},
        }

    def match(self, element: Any, people: People) -> Found | None:
        """The 宛名番号 in the exporting town, if there is one."""
        if not isinstance(element, dict):
            return None
        if number := people(element.get("reference", "")):
            return {self._column: number}
        identifier = element.get("identifier", {})
        return (
            {self._column: identifier.get("value")} if identifier.get("system") == atena(self._town) else None
        )


class PlaceNode:
    """`{$place: name}`: a reference to another resource of the same row, when the row makes it."""

    columns: tuple[str, ...] = ()

    def __init__(self, make: Callable[[str], str], made: Condition) -> None:
        self._make, self._made = make, made

    def fill(self, values: Values) -> Any:
        """The reference."""
        return {"reference": self._make(values["#key"])} if self._made(values) else None

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """Nothing: the records of a row are known by their identifiers."""
        return None


class RecordNode:
    """`{$record: …}`: a reference to a record of another layout, with its identifier beside it.

    Reading gives the last column of the key: the first is a 宛名番号, which is the person's to tell.
    """

    def __init__(
        self, layout: str, place: str, type_: str, key: Sequence[str], system: AnyTown, town: str
    ) -> None:
        self.columns = tuple(key[-1:])
        self._layout, self._place, self._type, self._town = layout, place, type_, town
        self._key, self._system = tuple(key), system

    def fill(self, values: Values) -> Any:
        """The reference, when every part of the key is there."""
        parts = [values.get(column) for column in self._key]
        if any(not isinstance(part, str) for part in parts):
            return None
        known = record_id(self._town, self._layout, ".".join(map(str, parts)), self._place)
        return {
            "reference": f"{self._type}/{known}",
            "identifier": {"system": self._system.own, "value": "-".join(map(str, parts))},
        }

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """The last part of the record's identifier."""
        identifier = element.get("identifier", {}) if isinstance(element, dict) else {}
        if not self._system.fits(identifier.get("system")):
            return None
        return {self._key[-1]: str(identifier.get("value", "")).rpartition("-")[2]}


class JoinNode:
    """`{$join: [columns]}`: the values with hyphens between; reading gives the last (see RecordNode)."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns[-1:])
        self._columns = tuple(columns)

    def fill(self, values: Values) -> Any:
        """The joined text, when every part is there."""
        parts = [values.get(column) for column in self._columns]
        return None if any(not isinstance(part, str) for part in parts) else "-".join(map(str, parts))

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """The last part."""
        return {self._columns[-1]: element.rpartition("-")[2]} if isinstance(element, str) else None


class IntegerNode:
    """`{$integer: column}`: the number that digits write; the digits themselves stand elsewhere."""

    columns: tuple[str, ...] = ()

    def __init__(self, column: str) -> None:
        self._column = column

    def fill(self, values: Values) -> Any:
        """The number."""
        text = values.get(self._column)
        return int(text) if isinstance(text, str) else None

    def match(self, element: Any, people: People) -> Found | None:  # noqa: ARG002
        """Nothing."""
        return None


class WhenNode:
    """`{$when: condition, …}`: an element that stands only when the condition holds."""

    def __init__(self, holds: Condition, node: Node) -> None:
        self.columns = node.columns
        self._holds, self._node = holds, node

    def fill(self, values: Values) -> Any:
        """The element, if the condition holds."""
        return self._node.fill(values) if self._holds(values) else None

    def match(self, element: Any, people: People) -> Found | None:
        """What the element holds."""
        return self._node.match(element, people)


class CaseNode:
    """`{$case: [{when, then}, …, {then}]}`: the first alternative that holds. Read last, when columns are known."""

    def __init__(self, cases: Sequence[tuple[Condition, Node]]) -> None:
        self.columns = tuple(dict.fromkeys(column for _, node in cases for column in node.columns))
        self._cases = tuple(cases)

    def fill(self, values: Values) -> Any:
        """The element of the alternative that holds."""
        return next((node.fill(values) for holds, node in self._cases if holds(values)), None)

    def match(self, element: Any, people: People) -> Found | None:
        """A match that waits until the other columns of the row are known."""

        def later(found: Found) -> Found | None:
            return next((node.match(element, people) for holds, node in self._cases if holds(found)), None)

        return {LATER: [later]}


class NameMixin:
    """`$name: column`: text, and family and given where one space parts them."""

    def __init__(self, column: str) -> None:
        self.columns: tuple[str, ...] = (column,)
        self._column = column

    def fill_into(self, values: Values, out: dict[str, Any]) -> None:
        """Write text, family and given."""
        text = values.get(self._column)
        if not isinstance(text, str):
            return
        out["text"] = text
        parts = unicodedata.normalize("NFKC", text).split(" ") if " " in text or "　" in text else ()
        if len(parts) == 2 and all(parts):
            mark = "　" if "　" in text else " "
            out["family"], given = text.split(mark, 1)
            out["given"] = [given]

    def match_from(self, element: Mapping[str, Any], people: People) -> Found | None:  # noqa: ARG002
        """The text, or the parts of the name with a space between."""
        text = element.get("text")
        if not text:
            text = "　".join(part for part in (element.get("family"), *element.get("given", ())) if part)
        return {self._column: text} if text else None


class ValueMixin:
    """value[x] of an Observation or of a component: 不詳 becomes dataAbsentReason."""

    def __init__(
        self, column: str, element: str, unit: str | None = None, coding: CodingNode | None = None
    ) -> None:
        self.columns: tuple[str, ...] = (column,)
        self._column, self._element, self._coding = column, element, coding
        self._unit = {"unit": unit, "system": UCUM, "code": unit} if unit else {}

    def fill_into(self, values: Values, out: dict[str, Any]) -> None:
        """Write the value, or why there is none."""
        value = values.get(self._column)
        if value is None:
            return
        if value is UNKNOWN:
            out["dataAbsentReason"] = _ABSENT_REASON
        elif self._element == "valueQuantity":
            out["valueQuantity"] = {"value": value, **self._unit}
        elif self._coding:
            out["valueCodeableConcept"] = {"coding": [self._coding.fill(values)]}
        elif value.__class__ is Noted and value.value is None:
            out["dataAbsentReason"] = {**_ABSENT_REASON, "text": value.source}
        elif value.__class__ is Noted:
            put_noted(out, self._element, value)
        else:
            out[self._element] = value

    def match_from(self, element: Mapping[str, Any], people: People) -> Found | None:
        """The value, when it is of this column's kind and unit."""
        value = read_element(element, self._element)
        if value is None:
            absent = element.get("dataAbsentReason")
            return None if absent is None else {self._column: Noted(None, absent.get("text", ""))}
        if self._element == "valueQuantity":
            return self._quantity(value)
        if self._coding:
            held = [self._coding.match(coding, people) for coding in value.get("coding", ())]
            return next((one for one in held if one), None)
        return {self._column: value}

    def _quantity(self, value: Mapping[str, Any]) -> Found | None:
        if value.get("code", value.get("unit")) != self._unit["code"]:
            return None
        number = value.get("value")
        return {self._column: number} if isinstance(number, (int, Decimal)) else None
