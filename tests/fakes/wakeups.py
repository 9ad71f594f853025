"""Wake-ups between as many processes as a test wants, and what was rung."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from orchestrator_core.ports import Bell, Topic, is_pool


class FakeWakeups:
    """Those of one process; `elsewhere` gives those of another."""

    def __init__(self, between: _Between | None = None) -> None:
        #: All rings of this process so far, in order.
        self.rings: list[tuple[Topic, str | None]] = []
        #: Set to make `ping` raise, as when Redis is away.
        self.away = False
        self._between = between or _Between()

    @property
    def rung(self) -> list[Topic]:
        """The topics of all rings so far, in order."""
        return [topic for topic, _ in self.rings]

    def elsewhere(self) -> FakeWakeups:
        return FakeWakeups(self._between)

    @asynccontextmanager
    async def bell(self, topic: Topic, *keys: str) -> AsyncIterator[Bell]:
        bell = _FakeBell(self, topic, frozenset(keys), self._between)
        self._between.bells.append(bell)
        try:
            yield bell
        finally:
            self._between.bells.remove(bell)

    def ring(self, topic: Topic, key: str | None = None) -> None:
        self.rings.append((topic, key))
        meant = [bell for bell in self._between.bells if bell.is_meant(topic, key)]
        if key is not None and is_pool(key):
            self._between.share(self, key, meant)
        else:
            _ring(meant)

    async def ping(self) -> None:
        if self.away:
            raise ConnectionError("away")


@dataclass(slots=True)
class _Between:
    """What the processes share."""

    bells: list[_FakeBell] = field(default_factory=list)
    #: Rings of pools that nobody was free to take.
    left: Counter[str] = field(default_factory=Counter)

    def share(self, ringing: FakeWakeups, pool: str, meant: list[_FakeBell]) -> None:
        here = [bell for bell in meant if bell.process is ringing or not bell.keys]
        free_here = any(bell.free for bell in here if bell.keys)
        _ring(here)
        if free_here:
            return
        others = [bell for bell in meant if bell not in here and bell.free]
        _ring(others[:1])
        if not others:
            self.left[pool] += 1

    def take(self, bell: _FakeBell) -> None:
        for pool in bell.keys & self.left.keys():
            self.left -= Counter([pool])
            bell.ring()


class _FakeBell:
    def __init__(
        self, process: FakeWakeups, topic: Topic, keys: frozenset[str], between: _Between
    ) -> None:
        self.process = process
        self.keys = keys
        #: Somebody waits and has not been woken yet.
        self.free = False
        self._topic = topic
        self._between = between
        self._rung = asyncio.Event()

    def is_meant(self, topic: Topic, key: str | None) -> bool:
        return topic is self._topic and (key is None or not self.keys or key in self.keys)

    def ring(self) -> None:
        self._rung.set()
        self.free = False

    async def wait(self, timeout: float) -> bool:
        if not self._rung.is_set():
            self.free = True
            self._between.take(self)
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with the ring.
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            return False
        finally:
            self.free = False
        self._rung.clear()
        return True


def _ring(bells: list[_FakeBell]) -> None:
    for bell in bells:
        bell.ring()
