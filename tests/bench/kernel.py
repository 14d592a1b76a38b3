"""What the pure functions on the way of one write take, each by itself, in microseconds."""

import timeit
from collections.abc import Callable

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Problems, Resource
from boshi.fhir.search.entries import index_entries
from boshi.fhir.structure import check_structure
from boshi.profiles.my_number import find_my_numbers
from boshi.server.admission import admit
from tests.bench.records import mother, observation

_REPEAT = 5


def measure() -> list[str]:
    """Lines of a table: each step for a Patient and an Observation."""
    lines = ["| step | Patient, µs | Observation, µs |", "| --- | --- | --- |"]
    resources = [_as_sent(mother()), _as_sent({**observation(1), "id": "a"})]
    steps: dict[str, Callable[[Resource], object]] = {
        "decode": lambda resource: decode(encode(resource)),
        "check_structure": check_structure,
        "find_my_numbers": find_my_numbers,
        "index_entries": index_entries,
        "admit (all checks, entries, digest)": admit,
        "encode": encode,
    }
    for name, step in steps.items():
        taken = " | ".join(f"{_microseconds(step, resource):.0f}" for resource in resources)
        lines.append(f"| {name} | {taken} |")
    return lines


def _as_sent(resource: Resource) -> Resource:
    decoded = decode(encode(resource))
    assert not isinstance(decoded, Problems)
    return decoded


def _microseconds(step: Callable[[Resource], object], resource: Resource) -> float:
    count = 500
    return min(timeit.repeat(lambda: step(resource), number=count, repeat=_REPEAT)) / count * 1e6
