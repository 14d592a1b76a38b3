"""One deployment: the MongoDB it stands on and the towns it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from typing import Final, Literal, TypeAlias

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from boshi.fhir.outcome import error
from boshi.server.addresses import own_bases
from boshi.server.admission import Rules
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.requester import Requester
from boshi.server.settings import Settings
from boshi.server.store import refusals
from boshi.server.store.connection import client_options
from boshi.server.store.gate import Gate, limit_for
from boshi.server.store.mongod import Mongo, open_mongo
from boshi.server.store.town import Client, Town, check_format, prepare, town
from boshi.server.store.unavailable import StoreUnavailable
from boshi.server.store.writer import Writer

log = logging.getLogger(__name__)
_PAUSE: Final = 1.0
_LONGEST_ANSWER: Final = 1.0

State: TypeAlias = Literal["ready", "starting", "database-away"]


class Deployment:
    """The towns of one process, each with its writer."""

    def __init__(self, settings: Settings, mongo: Mongo, client: Client) -> None:
        self.settings = settings
        self.mongo = mongo
        self.codes = settings.municipalities
        self._client = client
        self._prepared = asyncio.Event()
        gate = Gate(limit_for(settings.cache_gb))
        self._towns = {code: town(client, code) for code in self.codes}
        self._writers = {code: Writer(self._towns[code], _rules(settings, code), gate) for code in self.codes}

    def repository(self, code: str, requester: Requester) -> Repository:
        """The repository of one request. Refused 404 for a town not served here, 503 while not ready."""
        served = self._towns.get(code)
        if served is None:
            raise _not_served(code, self.codes)
        if not self.ready:
            raise refusals.unavailable()
        return Repository(served, self._writers[code], requester)

    @property
    def ready(self) -> bool:
        """Whether every town has its collections, indexes and lock documents."""
        return self._prepared.is_set()

    async def state(self) -> State:
        """What an orchestrator is told: whether requests can be answered now. Never longer than a second."""
        if not self.ready:
            return "starting"
        try:
            async with asyncio.timeout(_LONGEST_ANSWER):
                hello = await self._client.admin.command("hello")
        except (TimeoutError, PyMongoError):
            return "database-away"
        return "ready" if hello.get("isWritablePrimary") else "database-away"

    async def until_ready(self) -> None:
        """Wait until every town is prepared."""
        await self._prepared.wait()

    async def prepare(self) -> None:
        """Make what is missing in every town; then the deployment is ready."""
        for served in self._towns.values():
            await prepare(served)
        self._prepared.set()

    @property
    def towns(self) -> Iterable[Town]:
        """The towns' collections."""
        return self._towns.values()

    async def close(self) -> None:
        """Finish every write that was begun."""
        self._prepared.clear()
        await asyncio.gather(*(writer.close() for writer in self._writers.values()))


@asynccontextmanager
async def open_deployment(
    settings: Settings, *, attach: bool = False, wait: bool = True
) -> AsyncIterator[Deployment]:
    """The deployment of these settings, while the context lasts.

    MongoDB is found, started or, with `attach`, shared with the server that runs on the same data directory. With
    `wait` False, indexes are built meanwhile and `ready` tells when they are. Raises StoreUnavailable.
    """
    with ExitStack() as running:
        mongo = await asyncio.to_thread(running.enter_context, open_mongo(settings, attach=attach))
        try:
            async with (
                AsyncMongoClient(mongo.uri, **client_options(mongo.uri)) as client,
                _opened(Deployment(settings, mongo, client), wait) as opened,
            ):
                yield opened
        finally:
            await asyncio.to_thread(running.close)


@asynccontextmanager
async def _opened(deployment: Deployment, wait: bool) -> AsyncIterator[Deployment]:
    await _checked(deployment, prepared=wait)
    preparing = None if wait else asyncio.create_task(_prepare_in_the_end(deployment))
    try:
        yield deployment
    finally:
        if preparing:
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)
        await deployment.close()


async def _checked(deployment: Deployment, *, prepared: bool) -> None:
    try:
        for served in deployment.towns:
            await check_format(served)
        if prepared:
            await deployment.prepare()
    except PyMongoError as problem:
        raise StoreUnavailable(
            f"MongoDB at {deployment.mongo.shown} refused what a town needs: {problem}. "
            "Check the rights of its account and its free space.",
            f"{deployment.mongo.shown} の MongoDB で自治体のデータを用意できません: {problem}。"
            "利用者の権限と空き容量を確認してください。",
        ) from problem


async def _prepare_in_the_end(deployment: Deployment) -> None:
    while not deployment.ready:
        try:
            await deployment.prepare()
        except PyMongoError as problem:
            log.error("the towns are not ready, trying again: %s", problem)
            await asyncio.sleep(_PAUSE)


def _rules(settings: Settings, code: str) -> Rules:
    return Rules(own_bases(settings, code), frozenset(settings.other_number_systems))


def _not_served(code: str, codes: tuple[str, ...]) -> Refused:
    return Refused(404, [error(
        "not-found",
        f"There is no town {code[:20]!r} here. Served: {', '.join(codes)}.",
        f"{code[:20]!r} の自治体はここにありません。対象: {', '.join(codes)}。",
    )])  # fmt: skip


__all__ = ["Deployment", "State", "StoreUnavailable", "open_deployment"]
