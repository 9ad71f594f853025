"""Wake-ups through Redis, in its channels and streams.

A ring reaches the bells of this process at once and without Redis; those of others through it.
Redis may go away at any time: rings between processes then wait or are lost, and everybody
looks again once when it is back.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from orchestrator_core.ports import Bell, Topic, is_pool
from storage.bells import Bells, LocalBell
from storage.redis_client import PREFIX, beside, connect, connect_to_listen
from storage.wakeup_channels import Listener
from storage.wakeup_rings import Names, Rings, read
from storage.wakeup_streams import EventTail, PoolReader

#: How long a start waits for Redis before it goes on without.
_PATIENCE = 1.0


@asynccontextmanager
async def open_wakeups(
    redis_url: str,
    *,
    prefix: str = PREFIX,
    alone: bool = False,
    told: Callable[[bool], None] = lambda _: None,
) -> AsyncIterator[RedisWakeups]:
    """Does not fail when Redis is away: rings then stay in this process until it is there.

    `alone`: there are no other processes, so no ring goes through Redis at all. `told` learns
    at once, and whenever it changes, whether Redis is there.
    """
    async with (
        aclosing(connect(redis_url)) as speaking,
        aclosing(connect_to_listen(redis_url)) as listening,
    ):
        wakeups = RedisWakeups(speaking, listening, prefix, alone=alone, told=told)
        told(False)
        async with wakeups.at_work():
            yield wakeups


class RedisWakeups:
    def __init__(
        self,
        speaking: Redis,
        listening: Redis,
        prefix: str,
        *,
        alone: bool,
        told: Callable[[bool], None],
    ) -> None:
        self._alone = alone
        self._speaking = speaking
        self._listening = listening
        self._names = Names(prefix)
        self._told = told
        #: Tells our own rings from others': ours have reached our bells already.
        self._me = secrets.token_hex(8)
        self._bells = Bells()
        self._rings = Rings(speaking, self._names, self._me)
        self._tail = EventTail(listening, self._names.events, self._bells, self._me)
        self._topics = {
            self._names.channel(topic): topic for topic in Topic if topic is not Topic.EVENTS
        }
        self._listener = Listener(
            listening, channels=tuple(self._topics), heard=self._hear, changed=self._changed
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        work = (self._rings.send(), self._listener.listen(), self._tail.follow())
        async with beside(*work):
            await _soon(self._listener.hearing)
            yield

    @asynccontextmanager
    async def bell(self, topic: Topic, *keys: str) -> AsyncIterator[Bell]:
        with self._bells.hung(topic, frozenset(keys)) as bell:
            if topic is Topic.TURNS and not self._alone:
                async with self._directed(bell):
                    yield bell
                return
            if topic is Topic.EVENTS and not self._alone:
                self._tail.want()
                if self._listener.hearing.is_set():
                    await _soon(self._tail.reading)
            yield bell

    def ring(self, topic: Topic, key: str | None = None) -> None:
        if not self._alone:
            # One of the pool is enough, and nobody is woken sooner than who waits here.
            if key is not None and is_pool(key) and not self._bells.free(topic, key):
                self._rings.share(key)
            self._rings.add(topic, key)
        self._bells.ring(topic, key)

    async def ping(self) -> None:
        if not self._listener.hearing.is_set():
            raise ConnectionError("no wake-ups from other processes: Redis is away")
        try:
            await self._speaking.ping()
        except RedisError as error:
            raise ConnectionError("Redis does not answer") from error

    @asynccontextmanager
    async def _directed(self, bell: LocalBell) -> AsyncIterator[None]:
        """Hear what is rung for this bell's keys alone."""
        pools = [
            PoolReader(self._listening, self._names.pool(key), bell, self._me)
            for key in bell.keys
            if is_pool(key)
        ]
        workers = [self._names.direct(key) for key in bell.keys if not is_pool(key)]
        listener = Listener(
            self._listening,
            channels=workers,
            patterns=() if bell.keys else (self._names.direct("*"),),
            heard=lambda _, message: self._hear_for(bell, message),
            changed=lambda _: bell.ring(),
        )
        listens = [listener.listen()] if workers or not bell.keys else []
        async with beside(*(pool.take() for pool in pools), *listens):
            if self._listener.hearing.is_set():
                with suppress(RedisError, OSError):
                    for pool in pools:
                        await pool.join()
                if listens:
                    await _soon(listener.hearing)
            # Before the first wait everybody looks anyway.
            bell.forget()
            yield

    def _hear(self, channel: str, message: bytes) -> None:
        sender, keys = read(message)
        if sender != self._me:
            for key in keys:
                self._bells.ring(self._topics[channel], key)

    def _hear_for(self, bell: LocalBell, message: bytes) -> None:
        if read(message)[0] != self._me:
            bell.ring()

    def _changed(self, hearing: bool) -> None:
        self._told(hearing)
        if hearing:
            # Rings may have been missed until now.
            self._bells.ring_all()


async def _soon(event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await event.wait()
