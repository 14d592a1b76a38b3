"""What expressions work on: collections of nodes, and the scope an expression runs in."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from boshi.fhir.outcome import Resource
from boshi.fhir.path.problem import EvaluationError
from boshi.fhir.type_model import is_primitive, system_type


class Node:
    """One item: `value` as JSON holds it, `type` its FHIR type name or a System type (`System.String`).

    `value` is None for a primitive that has only extensions. `element` is the second half of a primitive
    (`_birthDate`) where there is one. Dates are texts. A System.Quantity is a dict with value and unit, and
    with `calendar` true for a calendar duration.
    """

    __slots__ = ("element", "type", "value")

    def __init__(self, value: Any, type_name: str, element: Resource | None = None) -> None:
        self.value = value
        self.type = type_name
        self.element = element

    def __repr__(self) -> str:
        return f"Node({self.value!r}, {self.type!r})"


Nodes: TypeAlias = list[Node]
Resolver: TypeAlias = Callable[[str], Resource | None]

TRUE: Final[Nodes] = [Node(True, "System.Boolean")]
FALSE: Final[Nodes] = [Node(False, "System.Boolean")]
EMPTY: Final[Nodes] = []


class Scope:
    """What an expression can see besides its input: $this, $index, $total, %variables, the root, the time."""

    __slots__ = ("index", "now", "resolver", "root", "this", "total", "variables")

    def __init__(
        self, root: Node, resolver: Resolver | None, variables: Mapping[str, Nodes], now: datetime | None
    ) -> None:
        self.root = root
        self.this = [root]
        self.index = 0
        self.total: Nodes = EMPTY
        self.resolver = resolver
        self.variables = variables
        self.now = now


Closure: TypeAlias = Callable[[Scope, Nodes], Nodes]


def boolean(value: bool | None) -> Nodes:
    """A collection of one Boolean; empty for None."""
    return EMPTY if value is None else TRUE if value else FALSE


def text(value: str) -> Nodes:
    """A collection of one String."""
    return [Node(value, "System.String")]


def number(value: int | Decimal) -> Nodes:
    """A collection of one Integer or Decimal, by its Python type."""
    return [Node(value, "System.Decimal" if isinstance(value, Decimal) else "System.Integer")]


def single(nodes: Nodes) -> Node | None:
    """The one item, None if there is none; EvaluationError if there are several."""
    if not nodes:
        return None
    if len(nodes) > 1:
        raise EvaluationError(f"one item was expected, {len(nodes)} were found")
    return nodes[0]


def truth(nodes: Nodes) -> bool | None:
    """The collection as an operand of logic: empty is None, a single item that is no Boolean is true."""
    node = single(nodes)
    if node is None:
        return None
    return node.value if isinstance(node.value, bool) else True


def single_text(nodes: Nodes) -> str | None:
    """The one String; None if empty; EvaluationError for another type."""
    node = single(nodes)
    if node is None or node.value is None:
        return None
    if not isinstance(node.value, str) or (is_temporal(node) and node.type.startswith("System.")):
        raise EvaluationError(f"a String was expected, found {node.type}")
    return node.value


def single_integer(nodes: Nodes) -> int | None:
    """The one Integer; None if empty; EvaluationError for another type."""
    node = single(nodes)
    if node is None or node.value is None:
        return None
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        raise EvaluationError(f"an Integer was expected, found {node.type}")
    return node.value


def is_number(node: Node) -> bool:
    """Whether the node holds an Integer or a Decimal."""
    return isinstance(node.value, (int, Decimal)) and not isinstance(node.value, bool)


def is_temporal(node: Node) -> bool:
    """Whether the node is a Date, DateTime or Time."""
    return system_type(node.type) in ("System.Date", "System.DateTime", "System.Time")


def is_quantity(node: Node) -> bool:
    """Whether the node is a Quantity, of FHIR or of FHIRPath."""
    return isinstance(node.value, dict) and system_type(node.type) == "System.Quantity"


def child(value: Any, type_name: str, element: Any) -> Node:
    """A node for a JSON value; a resource is typed by its own `resourceType`."""
    if isinstance(value, dict):
        own = value.get("resourceType")
        if isinstance(own, str):
            return Node(value, own)
    return Node(value, type_name, element if isinstance(element, dict) else None)


def children_named(node: Node, properties: Mapping[str, str]) -> Nodes:
    """The items under the given JSON properties (name -> type), primitives with their second halves."""
    found: Nodes = []
    holder = node.value if isinstance(node.value, dict) else node.element
    if holder is None:
        return found
    if len(properties) > 1:
        present = [name[1:] if name[:1] == "_" else name for name in holder]
        properties = {name: properties[name] for name in present if name in properties}
    for name, type_name in properties.items():
        value = holder.get(name)
        if type(value) is dict:
            found.append(child(value, type_name, None))
        elif type(value) is list and value and type(value[0]) is dict:
            found += [child(item, type_name, None) for item in value if item is not None]
        else:
            half = holder.get("_" + name)
            if value is not None or half is not None:
                _append(found, value, type_name, half)
    return found


def _append(found: Nodes, value: Any, type_name: str, half: Any) -> None:
    if isinstance(value, list) or (value is None and isinstance(half, list)):
        values = value if isinstance(value, list) else [None] * len(half)
        halves = half if isinstance(half, list) else []
        for index, item in enumerate(values):
            other = halves[index] if index < len(halves) else None
            if item is not None or other is not None:
                found.append(child(item, type_name, other))
    elif value is not None or is_primitive(type_name):
        found.append(child(value, type_name, half))
