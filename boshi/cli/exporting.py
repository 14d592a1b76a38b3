"""boshi export"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from boshi.cli import account
from boshi.cli.exits import PARTLY_REFUSED, run
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, Municipality
from boshi.cli.town import open_town


class Encoding(StrEnum):
    """Encodings that a file can be written in."""

    UTF8 = "utf-8"
    UTF8_MARKED = "utf-8-sig"
    UTF16 = "utf-16-le"
    CP932 = "cp932"


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
    encoding: Annotated[
        Encoding | None,
        typer.Option(
            help=say(
                "Instead of the layout's own: CP932 cannot hold every name.",
                "レイアウトの文字コードの代わりに使う(CP932にない字がある場合)",
            )
        ),
    ] = None,
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """Exit code 1 when a record could not be written in its layout."""
    from boshi.mappings import load_layout
    from boshi.server.jobs.exporting import export_files
    from boshi.server.jobs.sources import ORDER

    encodings = {load_layout(name).name: encoding.value for name in layout or ORDER} if encoding else None

    async def work() -> bool:
        async with open_town(municipality, data) as repository:
            report = await export_files(repository, out, layouts=layout, encodings=encodings)
        account.of_export(report)
        return bool(report.left_out)

    if run(work):
        raise typer.Exit(PARTLY_REFUSED)
