"""The door of `transfer_routes` as a deployment opens it: its towns, its directory, its repositories."""

from pathlib import Path

from starlette.requests import Request
from starlette.routing import BaseRoute

from boshi.fhir.outcome import Issue, error
from boshi.server.deployment import Deployment
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.settings import Settings
from boshi.server.transfer.cases import TRANSFER_DESK
from boshi.server.transfer.routes import transfer_routes
from boshi.server.transfer.towns import TOWNS_FILE, Directory, directory_of, load_directory


def transfer_door(settings: Settings) -> list[BaseRoute]:
    """The routes between towns; without a directory file no town is listed, and every request is refused.

    Raises Refused when the file is there and is no directory.
    """
    return transfer_routes(_repository, settings.municipalities, _directory(settings))


def _directory(settings: Settings) -> Directory:
    path = settings.towns or settings.data / TOWNS_FILE
    if settings.towns is None and not path.exists():
        return directory_of(())
    try:
        return load_directory(path)
    except (OSError, ValueError) as problem:
        raise Refused(400, [_unreadable(path, str(problem))]) from problem


def _repository(request: Request, code: str) -> Repository:
    deployment: Deployment = request.app.state.deployment
    return deployment.repository(code, TRANSFER_DESK)


def _unreadable(path: Path, problem: str) -> Issue:
    return error(
        "invalid",
        f"{path} is no directory of towns: {problem}. See docs/transfer.md for its form.",
        f"{path} は自治体の一覧として読めません: {problem}。形式は docs/transfer.md にあります。",
    )
