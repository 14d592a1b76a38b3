"""Exit codes, and the edge where every refusal becomes a message and a code."""

import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import anyio
import typer
from rich.console import Console

from boshi.cli.language import LANGUAGE, say
from boshi.fhir.outcome import Issue
from boshi.server.refusal import Refused
from boshi.server.store.unavailable import StoreUnavailable

DONE: Final = 0
PARTLY_REFUSED: Final = 1
"""The command went through, and something in the input was refused: the report says what."""
WRONG_USAGE: Final = 2
REFUSED: Final = 3
"""Nothing was done: a file, a setting, the database or the other town refused."""
INTERRUPTED: Final = 130

errors = Console(stderr=True, highlight=False)
Result = TypeVar("Result")


@contextmanager
def edge() -> Iterator[None]:
    """Turns refusals into a message in the chosen language and an exit code; nobody sees a traceback."""
    try:
        yield
    except Refused as refused:
        for issue in refused.issues:
            errors.print(_line(issue), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(REFUSED) from None
    except StoreUnavailable as unavailable:
        errors.print(say(unavailable.text, unavailable.text_ja), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        errors.print(
            say("Interrupted. Run it again to go on.", "中断しました。もう一度実行すると続きから進みます。")
        )
        raise typer.Exit(INTERRUPTED) from None


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Runs asynchronous work at the edge."""
    # What a command has to say it says by its messages; a library's warnings are for the server's log.
    logging.disable(logging.WARNING)
    with edge():
        return anyio.run(work)


def _line(issue: Issue) -> str:
    text = issue.text_ja if LANGUAGE == "ja" else issue.text
    return f"{issue.expression}: {text}" if issue.expression else text
