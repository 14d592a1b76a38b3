"""Parts of a file are stored beside each other, unless one touches what another makes."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from boshi.mappings import Row
from boshi.server.admission import Admitted
from boshi.server.jobs.preparing import PreparedRow
from boshi.server.jobs.storing import StoredChunk
from boshi.server.jobs.storing_together import AT_ONCE, StoringTogether


def _row(number: int, key: str, *references: str) -> PreparedRow:
    return PreparedRow(Row(number), [Admitted(key, b"", b"", b"", b"", frozenset(references), frozenset())])


async def _stored(parts: Sequence[Sequence[PreparedRow]]) -> tuple[list[int], int]:
    """The numbers of the first rows as they came back, and how many parts ran at once."""
    running = most = 0

    async def store(part: Sequence[PreparedRow]) -> StoredChunk:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.003 if part[0].row.number % 2 else 0.001)
        running -= 1
        return StoredChunk(Counter(created=part[0].row.number), {}, [], 0)

    async with StoringTogether(store) as together:
        finished = [chunk for part in parts for chunk in await together.add(part)]
        finished += await together.rest()
    return [chunk.rows["created"] for chunk in finished], most


async def test_strangers_are_stored_a_few_at_a_time_and_come_back_in_order() -> None:
    assert await _stored([[_row(n, f"Patient/{n}")] for n in range(1, 8)]) == (list(range(1, 8)), AT_ONCE)


async def test_who_makes_the_same_record_waits() -> None:
    assert await _stored([[_row(n, "Encounter/1")] for n in range(1, 5)]) == ([1, 2, 3, 4], 1)


async def test_who_names_a_record_waits_for_it() -> None:
    parts = [[_row(1, "Patient/1")], [_row(2, "Immunization/1", "Patient/1")]]
    assert await _stored(parts) == ([1, 2], 1)


async def test_halves_add_up() -> None:
    one = StoredChunk(Counter(created=2), {("Patient", "created"): 2}, [], 1)
    other = StoredChunk(Counter(created=1, unchanged=1), {("Patient", "created"): 1}, [], 0, [Row(9)])
    both = one.followed_by(other)
    assert (both.rows, both.resources) == (Counter(created=3, unchanged=1), {("Patient", "created"): 3})
    assert both.rejected_rows == 1 and [row.number for row in both.deferred] == [9]
