"""In which language the command speaks: --lang, BOSHI_LANG, then the system's locale."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["ja", "en"]

OPTION: Final = "--lang"


def choose(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language of this run: the first of --lang, BOSHI_LANG, LC_ALL, LC_MESSAGES, LANG that is set."""
    wanted = _asked(arguments) or environment.get("BOSHI_LANG")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = wanted or environment.get(name)
    return "ja" if (wanted or "").lower().startswith("ja") else "en"


def without_language_option(arguments: Sequence[str]) -> list[str]:
    """The arguments without `--lang X` or `--lang=X`, which may stand anywhere on the line."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == OPTION:
            next(rest, None)
        elif not argument.startswith(f"{OPTION}="):
            kept.append(argument)
    return kept


def _asked(arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument.startswith(f"{OPTION}="):
            return argument.removeprefix(f"{OPTION}=")
        if argument == OPTION and position + 1 < len(arguments):
            return arguments[position + 1]
    return None


LANGUAGE: Final[Language] = choose(sys.argv[1:], os.environ)


def say(en: str, ja: str) -> str:
    """The text in the language of this run."""
    return ja if LANGUAGE == "ja" else en
