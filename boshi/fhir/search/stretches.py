"""What a date parameter finds in a node (R4 §3.1.1.4.7)."""

from typing import Any

from boshi.fhir.dates import Bounds, bounds, period_bounds
from boshi.fhir.path import Node


def stretch(node: Node) -> Bounds | None:
    """The stretch of a date, dateTime, instant, Period or Timing (its outer limits), else None."""
    if isinstance(node.value, str):
        return bounds(node.value)
    if not isinstance(node.value, dict):
        return None
    if node.type == "Period":
        return _period(node.value)
    return _timing(node.value) if node.type == "Timing" else None


def _period(held: dict[str, Any]) -> Bounds | None:
    start, end = held.get("start"), held.get("end")
    return period_bounds(start if isinstance(start, str) else None, end if isinstance(end, str) else None)


def _timing(held: dict[str, Any]) -> Bounds | None:
    events, repeat = held.get("event"), held.get("repeat")
    found = [bounds(event) for event in events if isinstance(event, str)] if isinstance(events, list) else []
    period = repeat.get("boundsPeriod") if isinstance(repeat, dict) else None
    found.append(_period(period) if isinstance(period, dict) else None)
    known = [each for each in found if each is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None
