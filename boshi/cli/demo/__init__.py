"""boshi demo: two towns, 300 invented families, one move, from files to files."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from boshi.cli.account import console
from boshi.cli.demo.journey import Journey, travel
from boshi.cli.demo.server_process import running_server
from boshi.cli.demo.telling import tell_account, tell_urls
from boshi.cli.exits import REFUSED, edge, errors, run
from boshi.cli.language import say

MARK = "made-by-boshi-demo"
"""A file in the demo's directory: only a directory that has it is ever cleaned."""


def register(application: typer.Typer) -> None:
    """Adds the command to `application`."""
    application.command(
        "demo",
        help=say(
            "Two towns on an embedded MongoDB: import, move a mother and a child, export; then serve until Ctrl-C.",
            "二つの自治体を内蔵 MongoDB で動かし、取込・転出入・書出しを行い、Ctrl-C まで動き続ける",
        ),
        epilog=say("Example: ", "例: ") + "boshi demo --families 300 --port 8080",
    )(demo)


def demo(
    families: Annotated[int, typer.Option(min=20, help=say("How many families.", "家族の数"))] = 300,
    port: Annotated[int, typer.Option(min=1, max=65535, help=say("Port.", "ポート"))] = 8080,
    data: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help=say("Where everything goes; cleaned first.", "作業場所(最初に空にする)")
        ),
    ] = Path("demo-data"),
    once: Annotated[
        bool, typer.Option("--once", help=say("Stop after the account.", "報告の後に終了"))
    ] = False,
) -> None:
    """Runs the whole journey once, tells it, and leaves the server running."""
    _clean(data)
    with edge(), running_server(data, port, Journey.towns) as server:
        tell_account(run(lambda: travel(data, families, server.base)))
        tell_urls(server.base)
        if not once:
            console.print(say("Running until Ctrl-C.", "Ctrl-C まで動き続けます。"))
            with suppress(KeyboardInterrupt):
                server.wait()


def _clean(data: Path) -> None:
    if data.exists() and any(data.iterdir()) and not (data / MARK).exists():
        errors.print(
            say(
                f"{data} holds something that is not a demo's. Name another directory with --data.",
                f"{data} にはデモ以外のものがあります。--data で別の場所を指定してください。",
            ),
            markup=False,
        )
        raise typer.Exit(REFUSED)
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / MARK).touch()
