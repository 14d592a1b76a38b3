"""The commands of `boshi`, gathered."""

from typing import Annotated

import typer

from boshi import __version__
from boshi.cli import demo, exporting, importing, sample, serve, summary, transfer
from boshi.cli.language import say

application = typer.Typer(
    name="boshi",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help=say(
        "FHIR R4 server for Japan's maternal and child health records.\n\n"
        "--lang ja|en anywhere on the line sets the language (else BOSHI_LANG, else the system's).",
        "母子保健の FHIR R4 サーバー。\n\n"
        "--lang ja|en で言語を選べます(なければ BOSHI_LANG、次にシステムの設定)。",
    ),
    epilog=say(
        "Exit codes: 0 done; 1 done, something was refused and is listed; 2 wrong usage; "
        "3 refused, nothing was done; 130 interrupted.",
        "終了コード: 0 完了; 1 完了したが一部を受け付けず一覧にした; 2 使い方の誤り; "
        "3 受け付けず何も行っていない; 130 中断。",
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"boshi {__version__}")
        raise typer.Exit


@application.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=say("Print the version.", "版を表示")
        ),
    ] = False,
) -> None:
    """Options that stand before a command."""


for module in (serve, demo, sample, importing, exporting, transfer, summary):
    module.register(application)
