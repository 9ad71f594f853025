"""A bounded load of HTTP requests over loopback, light enough to share two cores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OK = b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    requests: int
    seconds: float
    #: Milliseconds of each request, sorted.
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, percent: float) -> float:
        """Milliseconds."""
        return self.latencies[
            min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))
        ]


async def load(port: int, requests: Sequence[bytes], *, connections: int) -> LoadResult:
    """Send every request once over so many kept-alive connections, one at a time on each.

    Raises RuntimeError at the first answer that is no 200.
    """
    waiting = iter(requests)
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Client(waiting, latencies, loop.create_future()), "127.0.0.1", port
        )
        clients.append(client)
    async with asyncio.timeout(120):
        await asyncio.gather(*(client.done for client in clients))
    seconds = time.perf_counter() - begun
    return LoadResult(requests=len(latencies), seconds=seconds, latencies=sorted(latencies))


class _Client(asyncio.Protocol):
    """One connection. An answer is whole when its announced length has come."""

    def __init__(
        self, waiting: Iterator[bytes], latencies: list[float], done: asyncio.Future[None]
    ) -> None:
        self._waiting = waiting
        self._latencies = latencies
        self.done = done
        self._sent = 0.0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _is_whole(self._answer):
            return
        self._latencies.append((time.perf_counter() - self._sent) * 1000)
        answer, self._answer = self._answer, b""
        if not answer.startswith(OK):
            self._fail(RuntimeError(answer[:80].decode(errors="replace")))
            return
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._fail(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
        self._transport.close()


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)
