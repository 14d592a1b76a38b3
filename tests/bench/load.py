"""A load client in a process of its own: keep-alive connections that send one request after the other.

    python -m tests.bench.load PORT CONNECTIONS REQUESTS < requests (JSON lines: method, path, body)

The requests are taken in turn. It prints the seconds they took and their p50 and p95 in milliseconds.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice

_GOOD = (b"200", b"201")


def main() -> None:
    """Read the command line and the requests, run, print."""
    port, connections, count = (int(word) for word in sys.argv[1:4])
    requests = [_raw(port, *json.loads(line)) for line in sys.stdin]
    print(json.dumps(asyncio.run(_run(port, connections, islice(cycle(requests), count)))))


def _raw(port: int, method: str, path: str, body: str) -> bytes:
    content = body.encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/fhir+json\r\n"
    if content:
        head += f"Content-Type: application/fhir+json\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"\r\n" + content


async def _run(port: int, connections: int, requests: Iterator[bytes]) -> dict[str, float]:
    taken: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(_one_connection(port, requests, taken) for _ in range(connections)))
    seconds = time.perf_counter() - began
    taken.sort()
    return {
        "seconds": seconds,
        "p50": taken[len(taken) // 2] * 1000,
        "p95": taken[len(taken) * 95 // 100] * 1000,
    }


async def _one_connection(port: int, requests: Iterator[bytes], taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        await _read_answer(reader)
        taken.append(time.perf_counter() - began)
    writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await reader.readexactly(int(lengths[0].partition(b":")[2]))
    if status not in _GOOD:
        raise RuntimeError(f"{head.decode()}{body.decode()[:1000]}")


if __name__ == "__main__":
    main()
