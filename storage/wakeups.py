"""Wake-ups by Redis' publish and subscribe.

A ring reaches the bells of this process at once and without Redis; those of others through it.
Redis may go away at any time: rings are then lost between processes until it is back, and
everybody looks again once when it is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from orchestrator_core.ports import Bell, Topic
from storage.redis_client import PREFIX, Outage, connect

_TOGETHER_SECONDS = 0.005
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
#: How long the start waits for Redis before it goes on without.
_PATIENCE = 1.0


@asynccontextmanager
async def open_wakeups(redis_url: str, *, prefix: str = PREFIX) -> AsyncIterator[RedisWakeups]:
    """Does not fail when Redis is away: rings then stay in this process until it is there."""
    client = connect(redis_url)
    wakeups = RedisWakeups(client, prefix)
    tasks = [asyncio.create_task(wakeups.listen()), asyncio.create_task(wakeups.publish())]
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(wakeups.hearing.wait(), _PATIENCE)
        yield wakeups
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.aclose()


class RedisWakeups:
    def __init__(self, client: Redis, prefix: str) -> None:
        self._client = client
        self._prefix = f"{prefix}wake:"
        self._bells: dict[Topic, set[_LocalBell]] = {topic: set() for topic in Topic}
        self._unsent: set[Topic] = set()
        self._something_unsent = asyncio.Event()
        #: Tells our own rings from others': ours have reached our bells already.
        self._me = secrets.token_hex(8).encode()
        #: Set while others' rings reach us.
        self.hearing = asyncio.Event()

    @asynccontextmanager
    async def bell(self, topic: Topic) -> AsyncIterator[Bell]:
        bell = _LocalBell()
        self._bells[topic].add(bell)
        try:
            yield bell
        finally:
            self._bells[topic].discard(bell)

    def ring(self, topic: Topic) -> None:
        self._ring_here(topic)
        self._unsent.add(topic)
        self._something_unsent.set()

    async def ping(self) -> None:
        if not self.hearing.is_set():
            raise ConnectionError("no wake-ups from other processes: Redis is away")
        try:
            await self._client.ping()
        except RedisError as error:
            raise ConnectionError("Redis does not answer") from error

    async def publish(self) -> None:
        """Send rings to the other processes, for ever."""
        outage = Outage("rings")
        while True:
            await self._something_unsent.wait()
            self._something_unsent.clear()
            topics, self._unsent = self._unsent, set()
            try:
                for topic in topics:
                    await self._client.publish(self._prefix + topic, self._me)
            except (RedisError, OSError) as error:
                # Not kept for later: when Redis is back, all look again anyway.
                outage.failed(error)
            else:
                outage.worked()
            # The first ring goes out at once; in a flood the ones right behind it go together.
            await asyncio.sleep(_TOGETHER_SECONDS)

    async def listen(self) -> None:
        """Take rings from the other processes, for ever."""
        outage, pause = Outage("bells"), _FIRST_PAUSE
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(*(self._prefix + topic for topic in Topic))
                    await self._client.ping()
                    outage.worked()
                    pause = _FIRST_PAUSE
                    await self._hear(channel)
            except (RedisError, OSError) as error:
                outage.failed(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _hear(self, channel: PubSub) -> None:
        self.hearing.set()
        try:
            # Rings may have been missed until now.
            for topic in Topic:
                self._ring_here(topic)
            while True:
                self._take(await channel.get_message(timeout=10.0))
        finally:
            self.hearing.clear()

    def _take(self, message: dict[str, object] | None) -> None:
        if message is None or message["data"] == self._me:
            return
        name = message["channel"]
        if isinstance(name, bytes):
            self._ring_here(Topic(name.decode().removeprefix(self._prefix)))

    def _ring_here(self, topic: Topic) -> None:
        for bell in self._bells[topic]:
            bell.rung.set()


class _LocalBell:
    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def wait(self, timeout: float) -> bool:
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with the ring.
            async with asyncio.timeout(timeout):
                await self.rung.wait()
        except TimeoutError:
            return False
        self.rung.clear()
        return True
