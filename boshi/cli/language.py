"""In which language the command speaks: --lang, BOSHI_LANG, then the system's locale."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["ja", "en"]


def choose(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language of this run; the first of --lang, BOSHI_LANG, LC_ALL, LC_MESSAGES, LANG that is set."""
    wanted = _option(arguments) or environment.get("BOSHI_LANG")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = wanted or environment.get(name)
    return "ja" if (wanted or "").lower().startswith("ja") else "en"


def _option(arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
    return None


LANGUAGE: Final[Language] = choose(sys.argv[1:], os.environ)


def say(en: str, ja: str) -> str:
    """The text in the language of this run."""
    return ja if LANGUAGE == "ja" else en
