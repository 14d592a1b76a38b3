"""The absolute addresses a client sees, and whether a request may use the name it came by."""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from boshi.fhir.outcome import Issue, error
from boshi.server.refusal import Refused
from boshi.server.settings import Settings

_HOST: Final = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether `host` (no port, no brackets) names this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def fhir_bases(settings: Settings) -> dict[str, str]:
    """The path of each town's FHIR base, by 団体コード."""
    codes = settings.municipalities
    return {code: "/fhir" if len(codes) == 1 else f"/{code}/fhir" for code in codes}


def own_bases(settings: Settings, code: str) -> tuple[str, ...]:
    """The absolute addresses of a town's base: a link with any of them leads into the town itself."""
    path = fhir_bases(settings)[code]
    if settings.public_url:
        return (f"{settings.public_url.rstrip('/')}{path}",)
    host = settings.host.strip("[]")
    names = dict.fromkeys([host, *_LOOPBACK_NAMES]) if is_loopback(host) else (host,)
    shown = (f"[{name}]" if ":" in name else name for name in names)
    return tuple(f"http://{name}:{settings.port}{path}" for name in shown)


class Addresses:
    """Makes the base URL of a request from `public_url`, else from its Host header."""

    def __init__(self, settings: Settings) -> None:
        self._public = settings.public_url.rstrip("/") if settings.public_url else None
        self._public_host = urlsplit(settings.public_url).hostname if settings.public_url else None
        self._loopback_only = settings.no_auth
        self.base = lru_cache(maxsize=256)(self._base)

    def _base(self, scheme: str, host: str, prefix: str) -> str:
        """The absolute base URL. 400 for a malformed Host; 421 for a foreign one where nobody logs in.

        Without authentication a web page could reach a loopback server under a name of its own choice
        (DNS rebinding); so only names of this machine are answered.
        """
        if not _HOST.fullmatch(host):
            raise Refused(400, [_malformed_host()])
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if self._loopback_only and not is_loopback(name) and name != self._public_host:
            raise Refused(421, [_foreign_host(name)])
        return f"{self._public or f'{scheme}://{host}'}{prefix}"


def _malformed_host() -> Issue:
    return error(
        "invalid",
        "The Host header is missing or malformed. Send the server's name and port.",
        "Host ヘッダーがないか、形が正しくありません。サーバーの名前とポートを送ってください。",
    )


def _foreign_host(name: str) -> Issue:
    return error(
        "forbidden",
        f"This server runs without authentication and answers under loopback names only, not {name}. "
        "Use http://localhost or set BOSHI_PUBLIC_URL.",
        f"認証なしで動くサーバーはループバックの名前でだけ応答します({name} は不可)。"
        "http://localhost を使うか、BOSHI_PUBLIC_URL を設定してください。",
    )
