"""Bundles that go out, made by joining bytes: the resources in them are never parsed (R4 §2.36)."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

_quoted = msgspec.json.encode


def bundle(
    type: str, entries: Iterable[bytes], *, total: int | None = None, links: Sequence[tuple[str, str]] = ()
) -> bytes:
    """A Bundle of `type` with entries made by `entry`; `links` are (relation, url)."""
    members = [b'"resourceType":"Bundle","type":' + _quoted(type)]
    if total is not None:
        members.append(b'"total":' + _quoted(total))
    if links:
        members.append(b'"link":' + _quoted([{"relation": relation, "url": url} for relation, url in links]))
    joined = b",".join(entries)
    if joined:
        members.append(b'"entry":[' + joined + b"]")
    return b"{" + b",".join(members) + b"}"


def entry(
    *,
    full_url: str = "",
    resource: bytes = b"",
    search_mode: str = "",
    request: dict[str, str] | None = None,
    response: dict[str, Any] | None = None,
) -> bytes:
    """One Bundle.entry; `resource` is put in as it is."""
    members = []
    if full_url:
        members.append(b'"fullUrl":' + _quoted(full_url))
    if resource:
        members.append(b'"resource":' + resource)
    if search_mode:
        members.append(b'"search":{"mode":' + _quoted(search_mode) + b"}")
    if request:
        members.append(b'"request":' + _quoted(request))
    if response:
        members.append(b'"response":' + _quoted(response))
    return b"{" + b",".join(members) + b"}"
