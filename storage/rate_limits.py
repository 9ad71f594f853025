"""The port RateLimits: counted in Redis for all processes; in this one alone while Redis is away.

Says when it begins to count alone and when it ends. What was counted in one place is not carried
to the other: at worst somebody gets a window's worth twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from redis.exceptions import RedisError

from orchestrator_core.ports import ChatRates, Limited, TooMuch
from storage.redis_client import PREFIX, Outage, connect

if TYPE_CHECKING:
    from storage.rate_counts import Counts

#: An event waits no longer for Redis.
PATIENCE_SECONDS = 0.5
_LONGEST_PAUSE = 32.0


class RedisRateLimits:
    """`told` is told whether counts are shared, whenever that changes."""

    def __init__(
        self,
        redis_url: str,
        rates: ChatRates,
        *,
        prefix: str = PREFIX,
        told: Callable[[bool], None] = lambda shared: None,  # noqa: ARG005
    ) -> None:
        self._client = connect(redis_url)
        self._rates = rates
        self._prefix = prefix
        self._told = told
        self._outage = Outage("rate limits")
        self._loaded: tuple[Counts, Counts] | None = None
        self._loading = asyncio.Lock()
        self._not_before = 0.0
        self._shared: bool | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def take(
        self, kind: Limited, *, person_id: str, chat_id: str | None, event_id: str
    ) -> TooMuch | None:
        shared, alone = await self._counts()
        if time.monotonic() >= self._not_before:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    taken = await shared.take(kind, person_id, chat_id, event_id)
            except (RedisError, OSError) as error:
                self._failed(error)
            else:
                self._outage.worked()
                self._tell(shared=True)
                return taken
        return await alone.take(kind, person_id, chat_id, event_id)

    async def _counts(self) -> tuple[Counts, Counts]:
        # Two first events must not count apart from each other.
        async with self._loading:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(self._load)
            return self._loaded

    def _load(self) -> tuple[Counts, Counts]:
        from storage.rate_counts import in_memory, in_redis  # noqa: PLC0415

        return in_redis(self._rates, self._client, self._prefix), in_memory(self._rates)

    def _failed(self, error: Exception) -> None:
        self._outage.failed(error)
        pause = min(2.0 ** min(self._outage.missed - 1, 10), _LONGEST_PAUSE)
        self._not_before = time.monotonic() + pause
        self._tell(shared=False)

    def _tell(self, *, shared: bool) -> None:
        if shared is not self._shared:
            self._shared = shared
            self._told(shared)
