"""The yardstick: a bare Starlette application that does the same MongoDB work as boshi, and nothing else.

    python -m tests.bench.bare_server --uri URI --town CODE --port N

GET /read/{type}/{id} answers the stored bytes. POST /create decodes the body, gives it an id and a version,
and writes the same two documents as boshi, with the same index entries (worked out once, before serving): up
to 16 waiting writes in one durable transaction, by two committers, after the same look at what is referred to
and the same touch of a lane. No FHIR, no checks, no index work, no log.
"""

import argparse
import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import bson
import msgspec
import uvicorn
from pymongo import AsyncMongoClient
from pymongo.read_concern import ReadConcern
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boshi.server.admission import admit
from boshi.server.changes import Stored
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.store.locks import lane_key
from boshi.server.store.rows import READ, STATE, Authorship, current_row, journal_row
from boshi.server.store.town import DURABLE, Town, prepare, town
from tests.bench.records import MOTHER, observation

FHIR_JSON = "application/fhir+json"
_TOGETHER = 16
_COMMITTERS = 2


class Bare:
    """Reads from boshi's own collection, writes to one like it in another database."""

    def __init__(self, uri: str, code: str) -> None:
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
        self.source = town(self.client, code)
        self.target: Town = town(self.client, code, "bare_")
        self.current, self.journal = _templates()
        self.queue: asyncio.Queue[tuple[dict[str, Any], dict[str, Any], asyncio.Future[None]]] = (
            asyncio.Queue()
        )

    async def read(self, request: Request) -> Response:
        """The stored bytes of one resource."""
        key = f"{request.path_params['type']}/{request.path_params['id']}"
        row = await self.source.resource.find_one({"_id": key}, READ)
        if row is None:
            return Response(status_code=404)
        headers = {"etag": f'W/"{row["v"]}"'}
        return Response(row["b"], headers=headers, media_type=FHIR_JSON)

    async def create(self, request: Request) -> Response:
        """The posted resource with an id, once it is durable."""
        resource = msgspec.json.decode(await request.body())
        moment, id = datetime.now(UTC), token_hex(16)
        resource["id"] = id
        resource["meta"] = {"versionId": "1", "lastUpdated": moment.isoformat()}
        body = msgspec.json.encode(resource)
        key = f"{resource['resourceType']}/{id}"
        current = {**self.current, "_id": key, "u": moment, "r": random.getrandbits(63), "b": body}
        journal = {**self.journal, "_id": f"{key}/0000000001", "u": moment, "b": body}
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.put_nowait((current, journal, done))
        await done
        return Response(body, 201, {"etag": 'W/"1"', "location": f"/read/{key}"}, FHIR_JSON)

    async def commit_for_ever(self, lane: str) -> None:
        """Take what waits into one transaction, again and again."""
        while True:
            batch = [await self.queue.get()]
            while len(batch) < _TOGETHER and not self.queue.empty():
                batch.append(self.queue.get_nowait())
            async with self.client.start_session(causal_consistency=False) as session:
                await session.start_transaction(ReadConcern("snapshot"), DURABLE)
                await self.target.resource.find(
                    {"_id": {"$in": [f"Patient/{MOTHER}"]}}, STATE, session=session
                ).to_list()
                await self.target.lock.update_one({"_id": lane}, {"$inc": {"n": 1}}, session=session)
                await self.target.resource.insert_many([row for row, _, _ in batch], session=session)
                await self.target.journal.insert_many([row for _, row, _ in batch], session=session)
                await session.commit_transaction()
            for _, _, done in batch:
                done.set_result(None)

    @asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Collections and indexes like boshi's, and the committers."""
        await prepare(self.target)
        mother = {**self.current, "_id": f"Patient/{MOTHER}", "u": datetime.now(UTC)}
        await self.target.resource.replace_one({"_id": mother["_id"]}, mother, upsert=True)
        committers = [asyncio.create_task(self.commit_for_ever(lane_key(n))) for n in range(_COMMITTERS)]
        yield
        for committer in committers:
            committer.cancel()
        await self.client.close()


def _templates() -> tuple[dict[str, Any], dict[str, Any]]:
    admitted = admit({**observation(0), "id": "template"})
    moment = datetime.now(UTC)
    stored = Stored(admitted.type, admitted.id, 1, moment, b"", False, "POST")
    current = current_row(admitted, 1, moment, 0, b"", "POST")
    return bson.decode(current.raw), journal_row(stored, "created", Authorship(LOCAL_ADMINISTRATOR))


async def _ready(_: Request) -> Response:
    return Response("ready")


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--uri", required=True)
    parser.add_argument("--town", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    bare = Bare(options.uri, options.town)
    routes = [
        Route("/read/{type}/{id}", bare.read),
        Route("/create", bare.create, methods=["POST"]),
        Route("/readyz", _ready),
    ]
    uvicorn.run(
        Starlette(routes=routes, lifespan=bare.running),
        port=options.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="critical",
        server_header=False,
    )


if __name__ == "__main__":
    main()
