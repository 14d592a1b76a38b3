"""The `boshi` command."""

import sys

from boshi.cli.language import without_language_option


def main() -> None:
    """Runs the command line and exits with one of the codes in `boshi.cli.exits`."""
    from boshi.cli.application import application

    application(args=without_language_option(sys.argv[1:]), prog_name="boshi")
