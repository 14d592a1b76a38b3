"""A server process of its own that tests kill: it writes without end and prints what was acknowledged."""

import asyncio
import sys
from pathlib import Path

from boshi.server.deployment import open_deployment
from boshi.server.refusal import Refused
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from tests.server.store.records import patient, weight

WRITERS = 8


async def write_without_end(data: Path) -> None:
    """Eight writers of creates and updates; a line for each write that was acknowledged: key, space, version."""
    async with open_deployment(Settings(data=data, municipalities=("401005",))) as opened:
        town = opened.repository("401005", LOCAL_ADMINISTRATOR)
        await town.update(patient("hanako"))
        print("ready", flush=True)
        await asyncio.gather(*(_writer(town, number) for number in range(WRITERS)))


async def _writer(town, number: int) -> None:
    turn = 0
    while True:
        turn += 1
        try:
            created = await town.create(weight("hanako", f"{turn}.0"))
            updated = await town.update(weight("hanako", f"{turn}.1", id=f"w{number}"))
        except Refused as refused:
            assert refused.status == 503
            continue
        for stored in (created.stored, updated.stored):
            print(f"{stored.type}/{stored.id} {stored.version}", flush=True)


if __name__ == "__main__":
    asyncio.run(write_without_end(Path(sys.argv[1])))
