"""Running the application under uvicorn, unless that would be unsafe."""

import logging
import socket
import sys
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog
import uvicorn
from starlette.applications import Starlette

from boshi.fhir.outcome import Issue, error
from boshi.server.addresses import fhir_bases, is_loopback
from boshi.server.app import create_app
from boshi.server.refusal import Refused
from boshi.server.settings import Settings
from boshi.server.store.unavailable import StoreUnavailable
from boshi.server.transfer.door import transfer_door

_GRACE_SECONDS: Final = 10


def serve(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM; requests under way are finished first.

    Raises Refused where the settings are unsafe or the store cannot be opened: nothing listens then.
    """
    check_safe(settings)
    log_as_json_lines()
    with _bound(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        app = create_app(settings, routes=transfer_door(settings))
        try:
            _AnnouncingServer(app, settings).run(sockets=[listener])
        except SystemExit:
            raise refusal_to_start(getattr(app.state, "failure", None)) from None
        except KeyboardInterrupt:
            return


def check_safe(settings: Settings) -> None:
    """Refuse to serve without a town, without authentication, or beyond loopback with `no_auth`."""
    if not settings.municipalities:
        raise Refused(400, [_no_town()])
    if not settings.no_auth:
        raise Refused(403, [_no_authentication_yet()])
    if not is_loopback(settings.host.strip("[]")):
        raise Refused(403, [_beyond_loopback(settings.host)])


def refusal_to_start(failure: Exception | None) -> Exception:
    """The failure of opening the store, as the refusal a command line can tell."""
    if isinstance(failure, StoreUnavailable):
        return Refused(503, [error("exception", failure.text, failure.text_ja)])
    return failure or RuntimeError("the server stopped before it was ready")


def log_as_json_lines() -> None:
    """One JSON object a line on stderr, for everything the server says about itself."""
    common: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common, structlog.processors.JSONRenderer(serializer=_as_json)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_line],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
        )
    )
    logging.basicConfig(handlers=[plain], level=logging.WARNING, force=True)


def _as_json(event: Mapping[str, object], **_: object) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


def _as_line(_: object, __: str, event: Mapping[str, object]) -> str:
    return _as_json(event).decode()


class _AnnouncingServer(uvicorn.Server):
    """Says where it can be reached, once it is ready."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        super().__init__(_config(app))
        self._app = app
        self._settings = settings
        self._announced = False

    async def on_tick(self, counter: int) -> bool:
        if not self._announced and self._app.state.deployment.ready:
            self._announced = True
            self._announce()
        return await super().on_tick(counter)

    def _announce(self) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        root = (self._settings.public_url or f"http://{host}:{self._settings.port}").rstrip("/")
        for code, base in fhir_bases(self._settings).items():
            print(f"{code}  {root}{base}", flush=True)
        print(f"        {root}/", flush=True)


def _bound(settings: Settings) -> socket.socket:
    """The socket to listen on, taken before the store is opened; nobody is let in until it is ready."""
    host = settings.host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, settings.port))
    except OSError:
        listener.close()
        raise Refused(503, [_cannot_listen(settings)]) from None
    return listener


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="critical",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _no_town() -> Issue:
    return error(
        "required",
        "No town to serve. Name at least one: --municipality 401005 (団体コード, 6 digits).",
        "対象の自治体がありません。--municipality 401005 のように団体コード(6桁)を指定してください。",
    )


def _no_authentication_yet() -> Issue:
    return error(
        "security",
        "This version has no authentication, so it does not serve others. To use it on this machine only, "
        "start it with --no-auth (or BOSHI_NO_AUTH=1); it then answers on loopback addresses.",
        "この版には認証がないため、他の人に向けては動かしません。この機械の中だけで使うには --no-auth"
        "(または BOSHI_NO_AUTH=1)を付けてください。ループバックでだけ応答します。",
    )


def _beyond_loopback(host: str) -> Issue:
    return error(
        "security",
        f"--no-auth answers everybody, so it may listen on loopback only, not on {host}. "
        "Use --host 127.0.0.1 (or ::1).",
        f"--no-auth では誰にでも応答するため、待ち受けられるのはループバックだけです({host} は不可)。"
        "--host 127.0.0.1(または ::1)を使ってください。",
    )


def _cannot_listen(settings: Settings) -> Issue:
    return error(
        "exception",
        f"Cannot listen on {settings.host}:{settings.port}; another program may hold the port. "
        "Choose another with --port, or 0 for any free one.",
        f"{settings.host}:{settings.port} で待ち受けられません。他のプログラムがポートを使っているかもしれません。"
        "--port で別の番号(0 なら空き番号)を指定してください。",
    )
