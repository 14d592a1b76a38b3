"""A layout and a town, compiled once to nodes that fill and match."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from boshi.mappings.codes import Item, code_lists, items
from boshi.mappings.columns import Read, Write, codec
from boshi.mappings.conditions import Condition, condition
from boshi.mappings.directives import (
    CaseNode,
    CodingNode,
    IntegerNode,
    JoinNode,
    NameMixin,
    PatientNode,
    PersonNode,
    PlaceNode,
    RecordNode,
    ValueMixin,
    WhenNode,
)
from boshi.mappings.layout import Column, Layout, Template
from boshi.mappings.serials import serial_parts
from boshi.mappings.template import AnyTown, Cell, Constant, ListNode, Mixin, Node, ObjectNode, Values
from boshi.profiles import systems

_WORDS: Final = {
    "base": systems.BASE,
    "protection": systems.PROTECTION,
    "representation": systems.EN_REPRESENTATION,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule between columns: where `holds`, `requires` are filled and `forbids` are blank."""

    holds: Condition
    requires: tuple[str, ...]
    forbids: tuple[str, ...]
    en: str
    ja: str


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One resource that a row may make."""

    name: str
    type: str
    made: Condition
    node: ObjectNode
    layout: str
    town: str
    record_class: str

    def reference(self, key: str) -> str:
        """The reference to this place's resource of the row with that key."""
        return f"{self.type}/{systems.record_id(self.town, self.layout, key, self.name)}"

    def build(self, values: Values) -> dict[str, Any]:
        """The resource. Constant parts (codes, categories) are shared between rows: do not change them."""
        key = values["#key"]
        body = self.node.fill(values) or {}
        tag = {"system": systems.RECORD_CLASS, "code": self.record_class}
        record = {"system": systems.record(self.town), "value": f"{self.layout}|{key}|{self.name}"}
        return {
            "resourceType": self.type,
            "id": systems.record_id(self.town, self.layout, key, self.name),
            **body,
            "meta": {"tag": [tag], **body.get("meta", {})},
            "identifier": [record, *body.get("identifier", ())],
        }


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A layout ready to work for one town."""

    layout: Layout
    town: str
    readers: tuple[tuple[str, Read, bool], ...]
    writers: Mapping[str, Write]
    places: Mapping[str, Place]
    rules: tuple[Rule, ...]
    serials: Mapping[int, str]


@lru_cache(maxsize=256)
def compiled(layout: Layout, town: str) -> Compiled:
    """The layout compiled for the town with this 団体コード."""
    return _Compiler(layout, town).compile()


def _condition_of_needs(told: Template) -> Condition:
    needs, lacks, any_of = (tuple(told.get(part, ())) for part in ("needs", "lacks", "needs_any"))
    if not needs and not lacks and not any_of:
        return lambda values: True  # noqa: ARG005
    return lambda values: (
        all(values.get(name) is not None for name in needs)
        and not any(values.get(name) is not None for name in lacks)
        and (not any_of or any(values.get(name) is not None for name in any_of))
    )


class _Compiler:
    def __init__(self, layout: Layout, town: str) -> None:
        self._layout, self._town = layout, town
        self._columns = layout.value_columns
        self._codecs = {name: codec(column) for name, column in self._columns.items()}
        self._read = {name: read for name, (read, _) in self._codecs.items()}
        self._made: dict[str, tuple[str, Condition]] = {
            name: (told["type"], _condition_of_needs(told)) for name, told in layout.resources.items()
        }

    def compile(self) -> Compiled:
        places = {name: self._place(name, told) for name, told in self._layout.resources.items()}
        for column in self._columns.values():
            if column.observe:
                places[column.observe[1]] = self._observed(column)
        return Compiled(
            self._layout,
            self._town,
            tuple((name, self._read[name], column.required) for name, column in self._columns.items()),
            {name: write for name, (_, write) in self._codecs.items()},
            places,
            tuple(self._rule(told) for told in self._layout.rules),
            serial_parts(self._layout),
        )

    def _rule(self, told: Template) -> Rule:
        when = condition(told.get("when", {}), self._read)
        unless = condition(told["unless"], self._read) if "unless" in told else None

        def holds(values: Values) -> bool:
            return when(values) and not (unless and unless(values))

        return Rule(
            holds, tuple(told.get("requires", ())), tuple(told.get("forbids", ())), told["en"], told["ja"]
        )

    def _place(self, name: str, told: Template) -> Place:
        body, record_class = told["body"], told.get("class", self._layout.record_class)
        if "observation" in told:
            group = self._layout.observations[told["observation"]["group"]]
            item = items()[told["observation"]["item"]]
            body = {**self._observation(item, group), **body}
            record_class = group.get("class", record_class)
        return self._made_place(name, told["type"], self._made[name][1], body, record_class, ())

    def _observed(self, column: Column) -> Place:
        group_name, item_name = column.observe or ("", "")
        group, item = self._layout.observations[group_name], items()[item_name]
        name = column.name
        return self._made_place(
            item_name,
            "Observation",
            lambda values: values.get(name) is not None,
            self._observation(item, group),
            group.get("class", self._layout.record_class),
            (self._value(column, item.unit),),
        )

    @staticmethod
    def _observation(item: Item, group: Template) -> Template:
        return {"status": "final", "category": list(item.category), "code": item.concept, **group["body"]}

    def _value(self, column: Column, unit: str | None) -> ValueMixin:
        if column.type == "code":
            coding = CodingNode(column.name, code_lists()[column.options["list"]])
            return ValueMixin(column.name, "valueCodeableConcept", coding=coding)
        if column.type in ("decimal", "integer"):
            return ValueMixin(column.name, "valueQuantity" if unit else "valueInteger", unit)
        return ValueMixin(column.name, "valueDateTime" if column.type.startswith("date") else "valueString")

    def _made_place(
        self,
        name: str,
        type_: str,
        made: Condition,
        body: Template,
        record_class: str,
        mixins: Sequence[Mixin],
    ) -> Place:
        node = self._object(body, mixins)
        return Place(name, type_, made, node, self._layout.name, self._town, record_class)

    def _node(self, told: Any) -> Node:
        if isinstance(told, str):
            return self._string(told)
        if isinstance(told, list):
            nodes = [self._node(item) for item in told]
            constant = all(isinstance(node, Constant) for node in nodes)
            return Constant([node.fill({}) for node in nodes]) if constant else ListNode(nodes)
        if isinstance(told, dict):
            return self._directive(told) or self._object_or_constant(told)
        return Constant(told)

    def _string(self, told: str) -> Node:
        if not told.startswith("$"):
            return Constant(self._words(told, self._town))
        column = self._columns[told[1:]]
        mapped = column.options.get("map")
        return Cell(column.name, frozenset(mapped.values()) if mapped else None)

    def _words(self, text: str, town: str) -> str:
        for word, meant in _WORDS.items():
            text = text.replace(f"{{{word}}}", meant)
        return text.replace("{town}", town).replace("{origin}", town)

    def _any_town(self, text: str) -> AnyTown:
        pattern = "[0-9]{6}".join(re.escape(self._words(part, self._town)) for part in text.split("{origin}"))
        return AnyTown(text, self._words(text, self._town), pattern)

    def _directive(self, told: Mapping[str, Any]) -> Node | None:
        if "$when" in told:
            rest = {key: part for key, part in told.items() if key not in ("$when", "$constant")}
            node = Constant(told["$constant"]) if "$constant" in told else self._node(rest)
            return WhenNode(condition(told["$when"], self._read), node)
        make = _DIRECTIVES.get(next(iter(told), "")) if len(told) == 1 else None
        return make(self, next(iter(told.values()))) if make else None

    def _object_or_constant(self, told: Mapping[str, Any]) -> Node:
        node = self._object(told, ())
        if node.columns or any(self._is_live(part) for part in told.values()):
            return node
        return Constant({key: self._node(part).fill({}) for key, part in told.items()})

    def _is_live(self, told: Any) -> bool:
        if isinstance(told, dict):
            return any(key.startswith("$") or self._is_live(part) for key, part in told.items())
        if isinstance(told, list):
            return any(self._is_live(part) for part in told)
        return isinstance(told, str) and told.startswith("$")

    def _object(self, told: Mapping[str, Any], mixins: Sequence[Mixin]) -> ObjectNode:
        constants: dict[str, Any] = {}
        any_town: dict[str, AnyTown] = {}
        entries: list[tuple[str, Node]] = []
        found = list(mixins)
        for key, part in told.items():
            if key == "$name":
                found.append(NameMixin(self._columns[part].name))
            elif key == "$quantity":
                found.append(ValueMixin(self._columns[part["column"]].name, "valueQuantity", part["unit"]))
            elif key.startswith("$"):
                raise KeyError(key)
            elif isinstance(part, str) and "{origin}" in part:
                any_town[key] = self._any_town(part)
            elif isinstance(node := self._node(part), Constant):
                constants[key] = node.value
            else:
                entries.append((key, node))
        return ObjectNode(constants, any_town, entries, found)

    def coding(self, column: str) -> Node:
        return CodingNode(column, code_lists()[self._columns[column].options["list"]])

    def patient(self, column: str) -> Node:
        return PatientNode(self._columns[column].name, self._town)

    def person(self, column: str) -> Node:
        return PersonNode(self._columns[column].name, self._town)

    def place(self, name: str) -> Node:
        type_, made = self._made[name]
        layout, town = self._layout.name, self._town
        return PlaceNode(lambda key: f"{type_}/{systems.record_id(town, layout, key, name)}", made)

    def record(self, told: Mapping[str, Any]) -> Node:
        system = self._any_town(told["system"])
        return RecordNode(told["layout"], told["place"], told["type"], told["key"], system, self._town)

    def join(self, columns: Sequence[str]) -> Node:
        return JoinNode([self._columns[column].name for column in columns])

    def integer(self, column: str) -> Node:
        return IntegerNode(self._columns[column].name)

    def case(self, told: Sequence[Mapping[str, Any]]) -> Node:
        return CaseNode(
            [(condition(case.get("when", {}), self._read), self._node(case["then"])) for case in told]
        )


_DIRECTIVES: Final[Mapping[str, Callable[[_Compiler, Any], Node]]] = {
    "$coding": _Compiler.coding,
    "$patient": _Compiler.patient,
    "$person": _Compiler.person,
    "$place": _Compiler.place,
    "$record": _Compiler.record,
    "$join": _Compiler.join,
    "$integer": _Compiler.integer,
    "$case": _Compiler.case,
}
