"""Hears the rings that are published."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from orchestrator_core.ending import goes_on
from storage.redis_client import Outage, again_and_again

#: After so much silence Redis is asked whether it is there, and given as much time again.
_SILENCE_SECONDS = 2.0


class Listener:
    def __init__(
        self,
        client: Redis,
        *,
        channels: Sequence[str] = (),
        patterns: Sequence[str] = (),
        heard: Callable[[str, bytes], None],
        changed: Callable[[bool], None],
    ) -> None:
        """`heard` is told channel and message; `changed` whether messages arrive."""
        self._client = client
        self._channels = channels
        self._patterns = patterns
        self._heard = heard
        self._changed = changed
        #: Set while messages arrive.
        self.hearing = asyncio.Event()

    async def listen(self) -> None:
        """Until cancelled."""
        await again_and_again("bells", self._listen)

    async def _listen(self, outage: Outage) -> None:
        try:
            async with self._client.pubsub() as channel:
                if self._channels:
                    await channel.subscribe(*self._channels)
                if self._patterns:
                    await channel.psubscribe(*self._patterns)
                # Answered once we are subscribed.
                await channel.ping()
                while goes_on():
                    self._take(await _next(channel), outage)
        finally:
            if self.hearing.is_set():
                self.hearing.clear()
                self._changed(False)

    def _take(self, message: dict[str, Any], outage: Outage) -> None:
        if message["type"] in {"message", "pmessage"}:
            self._heard(message["channel"].decode(), message["data"])
        elif message["type"] == "pong" and not self.hearing.is_set():
            outage.worked()
            self.hearing.set()
            self._changed(True)


async def _next(channel: PubSub) -> dict[str, Any]:
    """A server that hangs keeps its connections."""
    message = await channel.get_message(timeout=_SILENCE_SECONDS)
    if message is None:
        await channel.ping()
        message = await channel.get_message(timeout=_SILENCE_SECONDS)
    if message is None:
        raise RedisConnectionError("no answer")
    found: dict[str, Any] = message
    return found
