"""Who asks. Every repository carries one."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Requester:
    """The identity behind a request: `id` and `role` go into the journal, `display` is for people."""

    id: str
    display: str
    role: str


LOCAL_ADMINISTRATOR: Final = Requester(
    "local-administrator", "local administrator (no authentication)", "administrator"
)
"""Whoever reaches a server that runs without authentication, on loopback only."""
