"""The directory of towns: where each one answers, and its official telephone number.

A call back goes through the number in this list, never through one that a request gives.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from boshi.server.settings import is_municipality_code

TOWNS_FILE: Final = "towns.yaml"
"""The directory's name in the data directory, unless a setting names another file."""


@dataclass(frozen=True, slots=True)
class Town:
    """One municipality: 団体コード, name, FHIR base URL without a slash at its end, official telephone."""

    code: str
    name: str
    base_url: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """The towns that this one exchanges with."""

    towns: Mapping[str, Town]

    def get(self, code: str) -> Town | None:
        """The town with this 団体コード, if it is listed."""
        return self.towns.get(code)

    def name(self, code: str) -> str:
        """The name of the town, or its 団体コード when it is not listed."""
        town = self.towns.get(code)
        return town.name if town else code


def directory_of(towns: Iterable[Town]) -> Directory:
    """A directory of these towns. ValueError for a wrong 団体コード or an address without TLS off loopback."""
    return Directory({town.code: _checked(town) for town in towns})


def load_directory(path: Path) -> Directory:
    """Read the YAML list `towns: [{code, name, base_url, phone}]`. ValueError says what is wrong."""
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    try:
        return directory_of(
            Town(**{key: str(value) for key, value in item.items()}) for item in told["towns"]
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(
            f"{path}: not a directory of towns ({problem}). 自治体の一覧として読めません。"
        ) from problem


def _checked(town: Town) -> Town:
    if not is_municipality_code(town.code):
        raise ValueError(f"{town.code!r} is not a 団体コード of 6 digits / 団体コード（6桁）ではありません")
    address = urlsplit(town.base_url)
    plain = address.scheme == "http" and _is_loopback(address.hostname or "")
    if address.scheme != "https" and not plain:
        raise ValueError(
            f"{town.base_url}: towns speak https, but on loopback / https のアドレスにしてください"
        )
    return Town(town.code, town.name, town.base_url.rstrip("/"), town.phone)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
