"""The door of `transfer_routes` as a deployment opens it: its towns, its directory, its repositories."""

from starlette.requests import Request
from starlette.routing import BaseRoute

from boshi.server.repository import Repository
from boshi.server.settings import Settings
from boshi.server.transfer.cases import TRANSFER_DESK
from boshi.server.transfer.routes import transfer_routes
from boshi.server.transfer.towns import TOWNS_FILE, Directory, directory_of, load_directory


def transfer_door(settings: Settings) -> list[BaseRoute]:
    """The routes between towns; without a directory file no town is listed, and every request is refused."""
    return transfer_routes(_repository, settings.municipalities, _directory(settings))


def _directory(settings: Settings) -> Directory:
    path = settings.towns or settings.data / TOWNS_FILE
    if settings.towns is None and not path.exists():
        return directory_of(())
    return load_directory(path)


def _repository(request: Request, code: str) -> Repository:
    return request.app.state.deployment.repository(code, TRANSFER_DESK)
