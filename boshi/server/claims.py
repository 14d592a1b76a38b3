"""What the server claims of itself: the CapabilityStatement of the table that routes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache

from boshi import __version__
from boshi.conformance.capability import capability_statement
from boshi.fhir.codec import encode
from boshi.server.routing import Routed


def statement_maker(table: Iterable[Routed]) -> Callable[[str], bytes]:
    """Base URL → the statement's bytes, made when first asked for; its date is that of the server's start."""
    interactions = tuple(row.interaction for row in table)
    started = datetime.now(UTC).isoformat(timespec="seconds")

    @lru_cache(maxsize=64)
    def statement(base: str) -> bytes:
        return encode(
            capability_statement(
                interactions,
                base_url=base,
                version=__version__,
                date=started,
                conditional_create=True,
                update_create=True,
            )
        )

    return statement
