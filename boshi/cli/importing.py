"""boshi import"""

from pathlib import Path
from typing import Annotated

import typer

from boshi.cli import account
from boshi.cli.exits import PARTLY_REFUSED, run
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, Municipality
from boshi.cli.progress import row_progress
from boshi.cli.town import open_town


def register(application: typer.Typer) -> None:
    """Adds the command to `application`."""
    application.command(
        "import",
        help=say(
            "Import a core system's files. Refused rows go to FILE.rejects.csv, to be mended and imported again.",
            "基幹系のファイルを取り込む。受け付けない行は FILE.rejects.csv に書き、直して再び取り込めます。",
        ),
        epilog=say("Example: ", "例: ") + "boshi import --municipality 401005 ./sample/*.csv",
    )(import_files)


def import_files(
    municipality: Municipality,
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, readable=True, help=say("The files.", "ファイル")),
    ],
    layout: Annotated[
        str | None,
        typer.Option(help=say("Layout, if it is not to be recognised.", "レイアウト(自動判別しない場合)")),
    ] = None,
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """Exit code 1 when rows were refused."""
    from boshi.server.jobs.importing import import_files as import_into

    async def work() -> bool:
        async with open_town(municipality, data) as repository:
            with row_progress() as progress:
                report = await import_into(repository, files, layout=layout, progress=progress)
        account.of_import(report)
        return bool(report.rejected)

    if run(work):
        raise typer.Exit(PARTLY_REFUSED)
