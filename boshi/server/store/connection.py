"""How MongoDB is connected to: our time limits, unless BOSHI_MONGODB_URI says otherwise."""

from typing import Any, Final

from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.uri_parser import parse_uri

_OPTIONS: Final[dict[str, Any]] = {
    "appname": "boshi",
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 60_000,
    "waitQueueTimeoutMS": 10_000,
}


def client_options(uri: str) -> dict[str, Any]:
    """Keyword arguments for a client of `uri`; what the URI itself sets is left to it."""
    try:
        told = parse_uri(uri, validate=False, warn=False)["options"]
    except (InvalidURI, ConfigurationError, ValueError):
        return dict(_OPTIONS)
    return {name: value for name, value in _OPTIONS.items() if name not in told}
