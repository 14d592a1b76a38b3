"""boshi serve"""

from pathlib import Path
from typing import Annotated

import typer

from boshi.cli.exits import edge
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, municipality_code
from boshi.server.settings import Settings


def register(application: typer.Typer) -> None:
    """Adds the command to `application`."""
    application.command(
        "serve",
        help=say(
            "Run the FHIR server for one town or several.", "一つまたは複数の自治体の FHIR サーバーを動かす"
        ),
        epilog=say("Example: ", "例: ")
        + "boshi serve --municipality 401005 --municipality 332119 --data ./boshi-data --no-auth",
    )(serve)


def serve(
    municipality: Annotated[
        list[str],
        typer.Option(
            "--municipality",
            "-m",
            metavar="CODE",
            parser=municipality_code,
            help=say(
                "団体コード, 6 digits; repeat it for several towns.",
                "団体コード(6桁)。繰り返して複数の自治体を指定",
            ),
        ),
    ],
    data: DataDirectory = DEFAULT_DATA,
    host: Annotated[str, typer.Option(help=say("Address to listen on.", "待ち受けるアドレス"))] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=say("Port; 0 = any free.", "ポート(0 = 空き)"))
    ] = 8080,
    no_auth: Annotated[
        bool,
        typer.Option(
            "--no-auth",
            help=say(
                "No authentication: whoever reaches it is the local administrator. Loopback only.",
                "認証なし。届いた人はすべてローカル管理者。ループバックのみ。",
            ),
        ),
    ] = False,
) -> None:
    """Runs until Ctrl-C."""
    from boshi.server.serving import serve as run_server

    with edge():
        run_server(
            Settings(
                municipalities=tuple(municipality), data=Path(data), host=host, port=port, no_auth=no_auth
            )
        )
