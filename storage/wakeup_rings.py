"""Sends rings to the other processes, and how a ring is written.

A pool's is an entry in the pool's stream, an event's one in the stream of all events; the others
are published. Knows nothing of who hears them.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from orchestrator_core.ports import Topic
from storage.redis_client import Outage, again_and_again

#: The first ring goes out at once; in a flood the ones right behind it go together.
_TOGETHER_SECONDS = 0.005
#: So many keys of a topic are kept while Redis is away; if there are more, all of it is rung.
_MOST_KEYS = 1_000
#: There are hardly more workers that wait; who was busy looks again by itself.
POOL_LENGTH = 100
EVENTS_LENGTH = 10_000
#: The one field of a stream's entry.
FIELD = b"ring"


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called in Redis."""

    prefix: str

    def channel(self, topic: Topic) -> str:
        return f"{self.prefix}wake:{topic}"

    def direct(self, key: str) -> str:
        """The channel of a worker, or of a pool for those who listen to all."""
        return f"{self.prefix}wake:{Topic.TURNS}:{key}"

    def pool(self, key: str) -> str:
        return f"{self.prefix}wake:{key}"

    @property
    def events(self) -> str:
        return f"{self.prefix}{Topic.EVENTS}"


def write(sender: str, keys: Iterable[str | None]) -> bytes:
    """A ring for these keys; for everybody when None is among them."""
    meant = set(keys)
    return json.dumps([sender, [] if None in meant else sorted(filter(None, meant))]).encode()


def read(written: bytes) -> tuple[str, list[str | None]]:
    """Who rang, and for which keys: None is everybody.

    What cannot be read, as from a Denrei of another version, is for everybody.
    """
    try:
        sender, keys = json.loads(written)
    except (ValueError, TypeError):
        return "", [None]
    return sender, keys or [None]


def give(client: Redis, stream: str, ring: bytes) -> Awaitable[object]:
    """Put a ring into a pool's stream. In a pipeline it needs no awaiting."""
    return client.xadd(stream, {FIELD: ring}, maxlen=POOL_LENGTH, approximate=False)


class Rings:
    """Those of this process that have not been sent yet."""

    def __init__(self, client: Redis, names: Names, sender: str) -> None:
        self._client = client
        self._names = names
        self._sender = sender
        self._keys: defaultdict[Topic, set[str | None]] = defaultdict(set)
        self._pools: Counter[str] = Counter()
        self._something = asyncio.Event()

    def add(self, topic: Topic, key: str | None) -> None:
        keys = self._keys[topic]
        keys.add(key)
        if len(keys) > _MOST_KEYS:
            self._keys[topic] = {None}
        self._something.set()

    def share(self, pool: str) -> None:
        """For one of those who wait for this pool's key."""
        self._pools[pool] = min(self._pools[pool] + 1, POOL_LENGTH)
        self._something.set()

    async def send(self) -> None:
        """As they come, until cancelled."""
        await again_and_again("rings", self._send)

    async def _send(self, outage: Outage) -> None:
        await self._something.wait()
        self._something.clear()
        keys, self._keys = self._keys, defaultdict(set)
        pools, self._pools = self._pools, Counter()
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                self._fill(pipe, keys, pools)
                await pipe.execute()
        except Exception:
            self._keep(keys, pools)
            raise
        outage.worked()
        await asyncio.sleep(_TOGETHER_SECONDS)

    def _fill(
        self, pipe: Pipeline, keys: dict[Topic, set[str | None]], pools: Counter[str]
    ) -> None:
        for topic, meant in keys.items():
            written = write(self._sender, meant)
            if topic is Topic.EVENTS:
                pipe.xadd(self._names.events, {FIELD: written}, maxlen=EVENTS_LENGTH)
            elif topic is Topic.TURNS and None not in meant:
                for key in filter(None, meant):
                    pipe.publish(self._names.direct(key), write(self._sender, [key]))
            else:
                pipe.publish(self._names.channel(topic), written)
        for pool in pools.elements():
            give(pipe, self._names.pool(pool), write(self._sender, [pool]))

    def _keep(self, keys: dict[Topic, set[str | None]], pools: Counter[str]) -> None:
        """For the next try: that we are cut off need not mean that the others are."""
        for topic, meant in keys.items():
            for key in meant:
                self.add(topic, key)
        for pool in pools.elements():
            self.share(pool)
