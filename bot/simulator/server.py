"""Serves an ASGI app on loopback inside an `async with`, for tests and the demo.

Knows nothing of what it serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator

import uvicorn
from starlette.types import ASGIApp


@contextlib.asynccontextmanager
async def serve(
    app: ASGIApp, *, port: int = 0, host: str = "127.0.0.1", grace: float = 0.2
) -> AsyncIterator[str]:
    """Yield the base URL (no slash at its end) once the app answers; port 0 takes a free one.

    At the end, requests still under way get `grace` seconds, then their connections are cut.
    Raises RuntimeError when the app's own start failed, OSError when the port is taken.
    """
    listener = socket.create_server((host, port))
    # Connections inherit it; without, an answer in two parts waits 40 ms for the first one's ack.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = _Server(app, grace)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.answered.wait()
        if not server.started:
            await running
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait([running])
        listener.close()


class _Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, grace: float) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
        self.answered = asyncio.Event()
        self._grace = grace

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise RuntimeError("The app did not start.") from None
        finally:
            self.answered.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Event streams never end by themselves, so waiting for them would take for ever.
        asyncio.get_running_loop().call_later(self._grace, self._cut)
        await super().shutdown(sockets)

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals belong to whoever runs the loop."""
        yield
