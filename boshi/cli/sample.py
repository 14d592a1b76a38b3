"""boshi sample"""

from pathlib import Path
from typing import Annotated

import typer

from boshi.cli.exits import edge
from boshi.cli.language import say


def register(application: typer.Typer) -> None:
    """Adds the command to `application`."""
    application.command(
        "sample",
        help=say(
            "Make sample files of invented families, as a town's core system would write them.",
            "架空の家族のサンプルファイルを、基幹系が出力する形で作る",
        ),
        epilog=say("Example: ", "例: ") + "boshi sample --families 300 --seed 7 --out ./sample",
    )(sample)


def sample(
    out: Annotated[Path, typer.Option(metavar="DIR", help=say("Where the files go.", "出力先"))],
    families: Annotated[int, typer.Option(min=1, help=say("How many families.", "家族の数"))] = 300,
    seed: Annotated[
        int, typer.Option(help=say("The same seed gives the same files.", "同じ値なら同じファイル"))
    ] = 1,
) -> None:
    """Writes one file for each layout into --out."""
    from boshi.mappings.sample import make_sample

    with edge():
        report = make_sample(families=families, seed=seed, out=out)
    for written in report.files:
        typer.echo(f"{written}")
