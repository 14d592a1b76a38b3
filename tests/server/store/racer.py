"""A process of its own that races another one for conditional creates: prints the ids it was answered."""

import asyncio
import json
import sys

from boshi.server.deployment import open_deployment
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from tests.server.store.records import ATENA, asked, patient

ROUNDS = 8
AT_ONCE = 12


async def race(uri: str) -> None:
    """Eight rounds of twelve creates at once, by identifier and by demographics in turn."""
    async with open_deployment(Settings(mongodb_uri=uri, municipalities=("401005",))) as opened:
        town = opened.repository("401005", LOCAL_ADMINISTRATOR)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        answered = []
        for turn in range(ROUNDS):
            number, born = f"{turn:015}", f"1994-05-{turn + 1:02}"
            record = patient(identifier=[{"system": ATENA, "value": number}], birthDate=born)
            by_number = asked("Patient", identifier=f"{ATENA}|{number}")
            by_person = asked("Patient", family="佐藤", birthdate=born)
            written = await asyncio.gather(
                *(town.create(record, if_none_exist=(by_number, by_person)[n % 2]) for n in range(AT_ONCE))
            )
            answered.append([outcome.stored.id for outcome in written])
    print(json.dumps(answered), flush=True)


if __name__ == "__main__":
    asyncio.run(race(sys.argv[1]))
