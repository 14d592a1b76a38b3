"""Options that several commands take, with one wording."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from boshi.cli.language import say
from boshi.server.settings import is_municipality_code


def municipality_code(value: str) -> str:
    """The 団体コード as given, or a usage error that says what is wrong with it."""
    if not is_municipality_code(value):
        raise typer.BadParameter(
            say(
                f"{value!r} is not a 団体コード: six digits with a right check digit, such as 401005.",
                f"{value!r} は団体コードではありません。検査数字の正しい6桁(例: 401005)を指定してください。",
            )
        )
    return value


Municipality: TypeAlias = Annotated[
    str,
    typer.Option(
        "--municipality",
        "-m",
        metavar="CODE",
        parser=municipality_code,
        help=say("The town's 団体コード, 6 digits.", "団体コード(6桁)"),
    ),
]

DataDirectory: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="BOSHI_DATA",
        help=say(
            "Data directory. If a server runs on it, the command works with that server's database.",
            "データディレクトリ。サーバーが動いていれば、そのデータベースを使います。",
        ),
    ),
]

DEFAULT_DATA = Path("boshi-data")
