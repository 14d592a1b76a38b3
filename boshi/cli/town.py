"""A town's repository for a command, as the local administrator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from boshi.server.deployment import open_deployment
from boshi.server.repository import Repository
from boshi.server.requester import LOCAL_ADMINISTRATOR
from boshi.server.settings import Settings


@asynccontextmanager
async def open_town(code: str, data: Path) -> AsyncIterator[Repository]:
    """Opens the town's records: of the server that runs on `data`, else on a database started for the command."""
    async with open_deployment(Settings(municipalities=(code,), data=data), attach=True) as deployment:
        yield deployment.repository(code, LOCAL_ADMINISTRATOR)
