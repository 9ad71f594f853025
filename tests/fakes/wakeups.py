"""Wake-ups within one process, and what was rung."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator_core.ports import Bell, Topic


class FakeWakeups:
    def __init__(self) -> None:
        #: All rings so far, in order.
        self.rung: list[Topic] = []
        #: Set to make `ping` raise, as when Redis is away.
        self.away = False
        self._bells: list[tuple[Topic, _FakeBell]] = []

    @asynccontextmanager
    async def bell(self, topic: Topic) -> AsyncIterator[Bell]:
        entry = (topic, _FakeBell())
        self._bells.append(entry)
        try:
            yield entry[1]
        finally:
            self._bells.remove(entry)

    def ring(self, topic: Topic) -> None:
        self.rung.append(topic)
        for its_topic, bell in self._bells:
            if its_topic == topic:
                bell.rung.set()

    async def ping(self) -> None:
        if self.away:
            raise ConnectionError("away")


class _FakeBell:
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
