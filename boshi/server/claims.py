"""What the server claims of itself: the CapabilityStatement of the table that routes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Final

import msgspec

from boshi import __version__
from boshi.conformance.capability import capability_statement
from boshi.fhir.codec import encode
from boshi.server.routing import Routed

_SOME_BASE: Final = "urn:boshi:some-base"
_quoted: Final = msgspec.json.encode


def statement_maker(table: Iterable[Routed]) -> Callable[[str], bytes]:
    """Base URL → the bytes of its statement, made once but for the base; dated by the start of the server."""
    interactions = tuple(row.interaction for row in table)
    started = datetime.now(UTC).isoformat(timespec="seconds")

    @cache
    def around_the_base() -> tuple[bytes, bytes]:
        statement = encode(
            capability_statement(
                interactions,
                base_url=_SOME_BASE,
                version=__version__,
                date=started,
                conditional_create=True,
                update_create=True,
            )
        )
        before, _, after = statement.partition(_quoted(_SOME_BASE))
        return before, after

    def statement(base: str) -> bytes:
        before, after = around_the_base()
        return before + _quoted(base) + after

    return statement
