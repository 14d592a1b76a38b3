"""batch: each entry for itself (R4 http §3.1.0.11.1)."""

import asyncio
from typing import Final

from boshi.server.bundles.answering import Allowance, answered, entry_call, refused
from boshi.server.bundles.entries import METHODS, Entry, read_entries
from boshi.server.bundles.joined import bundle
from boshi.server.bundles.linking import refuse_links
from boshi.server.call import Answer, Call
from boshi.server.failures import refusal_of

_AT_ONCE: Final = 8


async def batch(call: Call) -> Answer:
    """POST a Bundle of type batch: always 200, with a status for each entry, in their order.

    Deletes go first, then creates, updates and reads; entries of one kind are carried out side by side.
    """
    entries = read_entries(await call.load(), call.base)
    gate, allowance = asyncio.Semaphore(_AT_ONCE), Allowance()
    links = {entry.full_url for entry in entries if entry.full_url.startswith("urn:")}
    answers: dict[int, bytes] = {}
    for method in METHODS:
        turn = [entry for entry in entries if entry.method == method]
        told = await asyncio.gather(*(_carry_out(call, entry, gate, links, allowance) for entry in turn))
        answers.update(zip((entry.index for entry in turn), told, strict=True))
    return Answer(200, bundle("batch-response", (answers[index] for index in sorted(answers))))


async def _carry_out(
    call: Call, entry: Entry, gate: asyncio.Semaphore, links: set[str], allowance: Allowance
) -> bytes:
    async with gate:
        try:
            refuse_links(entry, links)
            if not entry.changes:
                allowance.check()
            answer = answered(call, entry, await call.dispatch(entry_call(call, entry), entry.path))
            return allowance.take(answer)
        except Exception as failure:
            return refused(entry, refusal_of(failure, call.request_id))
