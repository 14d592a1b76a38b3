"""Ids that the server gives: unguessable, and ascending in time so that they insert at the end of the index."""

import os
import time


def new_id() -> str:
    """A UUID of version 7 (RFC 9562 §5.7): milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    value = (time.time_ns() // 1_000_000) << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
