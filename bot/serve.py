"""Runs the app on uvicorn until a signal ends it, and drains before it goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator

import uvicorn
import uvloop
from starlette.types import ASGIApp

from bot.api.limits import Allowances
from bot.app import create_app
from bot.logs import set_up_logs
from bot.metrics import PrometheusMetrics
from bot.roles import Part
from bot.settings import Loaded, Settings
from bot.wiring import open_ground, open_parts
from orchestrator_core.errors import StartError

logger = logging.getLogger(__name__)

#: How long open requests may go on after the signal; event streams are told to end at once.
REQUEST_GRACE_SECONDS = 5
#: Besides the turns' drain: more than all that is bounded by itself takes, one after the other.
ENDING_SECONDS = 180.0


def serve(loaded: Loaded, part: Part) -> None:
    """Blocks until SIGTERM or SIGINT. Raises StartError."""
    set_up_logs()
    deadline = Deadline(loaded.config.limits.drain_seconds + ENDING_SECONDS)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(loaded, part, deadline))
    finally:
        deadline.cancel()


class Deadline:
    """Ends the process by force where its orderly end hangs.

    In a thread, as the event loop itself, or the threads that it waits for, may be what hangs.
    """

    def __init__(self, seconds: float, end_with: Callable[[int], object] = os._exit) -> None:
        self._seconds = seconds
        self._end_with = end_with
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """From the first time it is called."""
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, self._give_up)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _give_up(self) -> None:
        logger.critical("process did not end", extra={"seconds": self._seconds})
        self._end_with(1)


async def _serve(loaded: Loaded, part: Part, deadline: Deadline) -> None:
    serving = asyncio.create_task(_serve_until_signalled(loaded, part, deadline), name="serve")

    def end() -> None:
        """While it starts there is nothing to drain, but there may be a Valkey already."""
        deadline.begin()
        if not serving.cancelling():
            serving.cancel()

    _on_signals(end)
    try:
        await asyncio.wait([serving])
        if not serving.cancelled():
            serving.result()
    finally:
        deadline.begin()
    logger.info("stopped")


async def _serve_until_signalled(loaded: Loaded, part: Part, deadline: Deadline) -> None:
    stopping = asyncio.Event()
    metrics = PrometheusMetrics()
    # The folder before the port: of two on one folder the second shall hear of the folder.
    async with open_ground(loaded.settings, part) as redis_url:
        with contextlib.closing(_listener(loaded.settings)) as listener:
            async with open_parts(
                loaded, part, redis_url=redis_url, metrics=metrics, stopping=stopping
            ) as state:
                app = create_app(
                    state,
                    serves_people=part.serves_people,
                    metrics=metrics,
                    admin_token=loaded.settings.denrei_admin_token,
                    allowances=Allowances(
                        loaded.config.rate_limits.over_http(), storage_uri=redis_url
                    ),
                )
                server = _Server(_config(app), stopping, deadline)
                _on_signals(server.end)
                await server.serve(sockets=[listener])


def _on_signals(end: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.denrei_host else socket.AF_INET
    try:
        listener = socket.create_server((settings.denrei_host, settings.port), family=family)
    except OSError as error:
        where = f"DENREI_HOST {settings.denrei_host}, PORT {settings.port}"
        raise StartError(f"cannot listen on {where}: {error.strerror}") from None
    # Connections inherit it; without, an answer in two parts waits 40 ms for the first one's ack.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=REQUEST_GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, stopping: asyncio.Event, deadline: Deadline
    ) -> None:
        super().__init__(config)
        self._deadline = deadline
        self._stopping = stopping

    def end(self) -> None:
        # Streams end first: uvicorn waits for open responses before the lifespan may close.
        self._deadline.begin()
        self._stopping.set()
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """The signals are ours: uvicorn would raise them again before the drain is done."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            logger.info("ready", extra={"url": f"http://{host}:{port}"})
