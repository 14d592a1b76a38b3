"""Now, and the parts and precision of dates (N1 §5.9, N2 §5.5.10)."""

from datetime import datetime
from decimal import Decimal

from boshi.fhir.path.functions.registry import function
from boshi.fhir.path.node import EMPTY, Node, Nodes, Scope, is_number, is_temporal, number, single
from boshi.fhir.path.problem import EvaluationError
from boshi.fhir.path.temporal import components
from boshi.fhir.type_model import system_type


def _now(scope: Scope) -> datetime:
    if scope.now is None:
        raise EvaluationError("this expression needs the time: give `now` to evaluate()")
    return scope.now


@function("now", form="expressions")
def now(scope: Scope, _nodes: Nodes) -> Nodes:
    """The moment of the evaluation."""
    return [Node(_now(scope).isoformat(timespec="milliseconds"), "System.DateTime")]


@function("today", form="expressions")
def today(scope: Scope, _nodes: Nodes) -> Nodes:
    """The day of the evaluation."""
    return [Node(_now(scope).date().isoformat(), "System.Date")]


@function("timeOfDay", form="expressions")
def time_of_day(scope: Scope, _nodes: Nodes) -> Nodes:
    """The time of day of the evaluation."""
    return [Node(_now(scope).time().isoformat(timespec="milliseconds"), "System.Time")]


@function("precision")
def precision(nodes: Nodes) -> Nodes:
    """How many digits the number or the date states."""
    node = single(nodes)
    if node is None or node.value is None:
        return EMPTY
    if is_number(node):
        exponent = Decimal(node.value).as_tuple().exponent
        return number(max(0, -exponent) if isinstance(exponent, int) else 0)
    if not is_temporal(node):
        raise EvaluationError(f"{node.type} has no precision")
    return number(_stated_digits(node))


def _stated_digits(node: Node) -> int:
    return sum(letter.isdigit() for letter in _without_zone(node.value))


def _without_zone(value: str) -> str:
    date, mark, clock = value.partition("T")
    return date + mark + clock.partition("Z")[0].partition("+")[0].partition("-")[0]


def _part_function(name: str, place: int, kind: str) -> None:
    def part(nodes: Nodes) -> Nodes:
        node = single(nodes)
        if node is None or not isinstance(node.value, str) or not is_temporal(node):
            return EMPTY
        time = system_type(node.type) == "System.Time"
        found = components(node.value, time=time)
        at = place - 3 if time else place
        if found is None or not 0 <= at < len(found[0]):
            return EMPTY
        value = found[0][at]
        return number(int(value) if kind == "whole" else int(value % 1 * 1000))

    function(name)(part)


for _name, _place, _kind in (
    ("yearOf", 0, "whole"),
    ("monthOf", 1, "whole"),
    ("dayOf", 2, "whole"),
    ("hourOf", 3, "whole"),
    ("minuteOf", 4, "whole"),
    ("secondOf", 5, "whole"),
    ("millisecondOf", 5, "thousandths"),
):
    _part_function(_name, _place, _kind)
