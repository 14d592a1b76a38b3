"""Where the other towns answer: --towns, BOSHI_TOWNS, or towns.yaml in the data directory."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from boshi.cli.exits import REFUSED, errors
from boshi.cli.language import say
from boshi.server.transfer import Directory, load_directory
from boshi.server.transfer.towns import TOWNS_FILE

TownsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--towns",
        envvar="BOSHI_TOWNS",
        metavar="FILE",
        help=say(
            "Directory of towns (YAML); else towns.yaml in the data directory.",
            "自治体の一覧(YAML)。なければデータディレクトリの towns.yaml",
        ),
    ),
]


def town_names(towns: Path | None, data: Path) -> Callable[[str], str]:
    """The name of a 団体コード as the directory has it; without a directory the code itself."""
    if towns is None and not (data / TOWNS_FILE).exists():
        return str
    return directory_in(towns, data).name


def directory_in(towns: Path | None, data: Path) -> Directory:
    """The directory in `towns`, else in the data directory. Ends the command when it cannot be read."""
    path = towns or data / TOWNS_FILE
    try:
        return load_directory(path)
    except (OSError, ValueError) as problem:
        errors.print(
            say(f"No directory of towns: {problem}", f"自治体の一覧を読めません: {problem}"), markup=False
        )
        raise typer.Exit(REFUSED) from None
