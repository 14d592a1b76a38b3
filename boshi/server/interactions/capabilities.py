"""capabilities: what this server does, told from the table that routes (R4 http §3.1.0.11)."""

from boshi.server.call import Answer, Call


async def capabilities(call: Call) -> Answer:
    """GET metadata. The statement is the same for every town but for its address."""
    assert call.statement is not None
    return Answer(200, call.statement(call.base), {"cache-control": "max-age=60"})
