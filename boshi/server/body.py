"""The body of a request: counted while it streams in, unpacked within the same limit."""

import zlib
from collections.abc import Mapping
from typing import Final

from starlette.types import Receive

from boshi.fhir.outcome import error
from boshi.server.refusal import Refused

_DRAINED_BYTES: Final = 64_000_000
"""So much of a body that is too large is still read and dropped, so that its client can read the refusal."""
_WINDOW_WITH_GZIP_HEADER: Final = 31


class ClientGone(Exception):
    """The client closed the connection before its request was complete; nobody waits for an answer."""


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """The whole body, unpacked. 413 above `limit` bytes, before and after unpacking; 400 for broken gzip."""
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        await _drain(receive, 0)
        raise _too_large(limit)
    packed = await _read(receive, limit)
    if headers.get("content-encoding", "").lower() == "gzip":
        return _unpack(packed, limit)
    return packed


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        chunk, more = await _next(receive)
        size += len(chunk)
        if size > limit:
            if more:
                await _drain(receive, size)
            raise _too_large(limit)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _drain(receive: Receive, size: int) -> None:
    more = True
    while more and size < _DRAINED_BYTES:
        chunk, more = await _next(receive)
        size += len(chunk)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def _unpack(packed: bytes, limit: int) -> bytes:
    unpacking = zlib.decompressobj(_WINDOW_WITH_GZIP_HEADER)
    try:
        body = unpacking.decompress(packed, limit + 1)
    except zlib.error:
        raise _broken_gzip("is not gzip", "gzip ではありません") from None
    if len(body) > limit:
        raise _too_large(limit)
    if not unpacking.eof:
        raise _broken_gzip("ends too early", "途中で切れています")
    if unpacking.unused_data:
        raise _broken_gzip("goes on after its end", "終端の後に続きがあります")
    return body


def _too_large(limit: int) -> Refused:
    return Refused(413, [error(
        "too-long",
        f"The body is larger than {limit:,} bytes. Split a Bundle into smaller ones; "
        "send attachments as separate Binary resources.",
        f"本文が {limit:,} バイトを超えています。Bundle は分割し、添付は別の Binary にしてください。",
    )])  # fmt: skip


def _broken_gzip(said: str, said_ja: str) -> Refused:
    return Refused(400, [error(
        "structure",
        f"Content-Encoding says gzip, but the body {said}. Send it again, whole, or uncompressed.",
        f"Content-Encoding は gzip ですが、本文が{said_ja}。全体を送り直すか、圧縮せずに送ってください。",
    )])  # fmt: skip
