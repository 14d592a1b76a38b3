"""Fixtures: one MongoDB for a test run, and an empty town for each test that asks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from boshi.server.deployment import Deployment, open_deployment
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings
from boshi.server.store.mongod import Mongo, open_mongo
from boshi.server.store.town import Town

KITAKYUSHU = "401005"
NAGASU = "433683"


@pytest.fixture(scope="session")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    """A MongoDB of this test process, thrown away at its end."""
    with open_mongo(Settings(data=tmp_path_factory.mktemp("boshi"), mongodb_uri=None)) as started:
        yield started


@pytest.fixture
def settings(mongo: Mongo, tmp_path: Path) -> Settings:
    """Settings of a server with one town on the test MongoDB."""
    return Settings(mongodb_uri=mongo.uri, data=tmp_path, municipalities=(KITAKYUSHU,), no_auth=True)


@pytest.fixture
async def deployment(settings: Settings) -> AsyncIterator[Deployment]:
    """A deployment whose towns are empty; it leaves nothing behind."""
    async with open_deployment(settings) as opened:
        await _empty(opened)
        yield opened


@pytest.fixture
async def two_towns(settings: Settings) -> AsyncIterator[Deployment]:
    """A deployment of two empty towns."""
    async with open_deployment(
        settings.model_copy(update={"municipalities": (KITAKYUSHU, NAGASU)})
    ) as opened:
        await _empty(opened)
        yield opened


@pytest.fixture
def town(deployment: Deployment) -> Repository:
    """The repository of an empty town, asked by the local administrator."""
    return deployment.repository(KITAKYUSHU, LOCAL_ADMINISTRATOR)


async def _empty(deployment: Deployment) -> None:
    """Collections, indexes and lock documents stay: making them anew for each test would cost most of its time."""
    for served in deployment.towns:
        for collection in _written(served):
            await collection.delete_many({})


def _written(served: Town) -> tuple:
    return served.resource, served.journal, served.desk
