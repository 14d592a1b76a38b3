"""boshi export"""

from pathlib import Path
from typing import Annotated

import typer

from boshi.cli import account
from boshi.cli.exits import PARTLY_REFUSED, run
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, Municipality
from boshi.cli.town import open_town


def register(application: typer.Typer) -> None:
    """Adds the command to `application`."""
    application.command(
        "export",
        help=say(
            "Write a town's records as its core system's files.",
            "自治体の記録を基幹系のファイルとして書き出す",
        ),
        epilog=say("Example: ", "例: ") + "boshi export --municipality 332119 --out ./files-332119",
    )(export)


def export(
    municipality: Municipality,
    out: Annotated[Path, typer.Option(metavar="DIR", help=say("Where the files go.", "出力先"))],
    layout: Annotated[
        list[str] | None, typer.Option(help=say("Only these layouts.", "これらのレイアウトだけ"))
    ] = None,
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """Exit code 1 when a record could not be written in its layout."""
    from boshi.server.jobs.exporting import export_files

    async def work() -> bool:
        async with open_town(municipality, data) as repository:
            report = await export_files(repository, out, layouts=layout)
        account.of_export(report)
        return bool(report.left_out)

    if run(work):
        raise typer.Exit(PARTLY_REFUSED)
