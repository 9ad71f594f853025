"""Counts by the `limits` library, in Redis or in memory, and remembers what was answered.

Imported when the first event is counted: the library takes a while to load.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from orchestrator_core.ports import ChatRates, Limited, TooMuch

#: For so long an event asked about again gets the same answer.
REMEMBERED_SECONDS = 3600
#: So many things are remembered in memory.
_MOST = 10_000
_ROOM = "+"


class Notes(Protocol):
    """Short texts by name, each for a while."""

    async def put_first(self, name: str, text: str, seconds: int) -> bool:
        """False when there is one of this name already."""
        ...

    async def put(self, name: str, text: str, seconds: int) -> None: ...

    async def get(self, name: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class RedisNotes:
    client: Redis
    prefix: str

    async def put_first(self, name: str, text: str, seconds: int) -> bool:
        done = await self.client.set(self.prefix + name, text, ex=seconds, nx=True)
        return bool(done)

    async def put(self, name: str, text: str, seconds: int) -> None:
        await self.client.set(self.prefix + name, text, ex=seconds)

    async def get(self, name: str) -> str | None:
        found = await self.client.get(self.prefix + name)
        return found.decode() if isinstance(found, bytes) else found


@dataclass(frozen=True, slots=True)
class MemoryNotes:
    """The oldest are forgotten where there are too many."""

    _notes: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def put_first(self, name: str, text: str, seconds: int) -> bool:
        if await self.get(name) is not None:
            return False
        await self.put(name, text, seconds)
        return True

    async def put(self, name: str, text: str, seconds: int) -> None:
        self._notes.pop(name, None)
        self._notes[name] = (text, time.time() + seconds)
        while len(self._notes) > _MOST:
            del self._notes[next(iter(self._notes))]

    async def get(self, name: str) -> str | None:
        text, until = self._notes.get(name, ("", 0.0))
        return text if until > time.time() else None


@dataclass(frozen=True, slots=True)
class Counts:
    """In one place, Redis or this process. Raises what Redis raises."""

    rates: ChatRates
    limiter: FixedWindowRateLimiter
    notes: Notes

    async def take(
        self, kind: Limited, person_id: str, chat_id: str | None, event_id: str
    ) -> TooMuch | None:
        name = f"event:{event_id}"
        # Before it is counted: killed in between, an event is let through uncounted. The other
        # way round it could be refused for its own sake.
        if not await self.notes.put_first(name, _ROOM, REMEMBERED_SECONDS):
            return _read(await self.notes.get(name))
        for subject, item in self._items(kind, person_id, chat_id):
            if not await self.limiter.hit(item, kind, subject):
                refused = await self._refused(kind, subject, item)
                await self.notes.put(name, _written(refused), REMEMBERED_SECONDS)
                return refused
        return None

    def _items(
        self, kind: Limited, person_id: str, chat_id: str | None
    ) -> Iterator[tuple[str, RateLimitItem]]:
        for item in parse_many(self.rates.of_person(kind)):
            yield f"person:{person_id}", item
        if chat_id is not None:
            for item in parse_many(self.rates.of_chat(kind)):
                yield f"chat:{chat_id}", item

    async def _refused(self, kind: Limited, subject: str, item: RateLimitItem) -> TooMuch:
        window = await self.limiter.get_window_stats(item, kind, subject)
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        first = await self.notes.put_first(f"told:{kind}:{subject}", "", seconds)
        return TooMuch(seconds=seconds, tell=first)


def in_redis(rates: ChatRates, client: Redis, prefix: str) -> Counts:
    # The library's own words for its options know only numbers and texts.
    pool: Any = client.connection_pool
    storage = RedisStorage(
        # Where the pool leads is what counts.
        "async+redis://localhost:6379",
        implementation="redispy",
        key_prefix=f"{prefix}limits",
        connection_pool=pool,
    )
    return Counts(rates, FixedWindowRateLimiter(storage), RedisNotes(client, f"{prefix}limits:"))


def in_memory(rates: ChatRates) -> Counts:
    return Counts(rates, FixedWindowRateLimiter(MemoryStorage()), MemoryNotes())


def _written(refused: TooMuch) -> str:
    return f"{int(refused.tell)} {time.time() + refused.seconds}"


def _read(text: str | None) -> TooMuch | None:
    if text is None or text == _ROOM:
        return None
    tell, _, until = text.partition(" ")
    return TooMuch(seconds=max(1, math.ceil(float(until) - time.time())), tell=tell == "1")
