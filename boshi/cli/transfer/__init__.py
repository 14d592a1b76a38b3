"""boshi transfer: the pull of a person's record, at the town that asks and at the town that is asked."""

import typer

from boshi.cli.language import say
from boshi.cli.transfer import answering, asking


def register(application: typer.Typer) -> None:
    """Adds the group of commands to `application`."""
    group = typer.Typer(
        no_args_is_help=True,
        help=say(
            "Move a person's record between towns (docs/transfer.md).",
            "自治体の間で一人分の記録を引き継ぐ(docs/transfer.md)",
        ),
    )
    asking.register(group)
    answering.register(group)
    application.add_typer(group, name="transfer")
