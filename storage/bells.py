"""The bells of this process, and who of them is free. Knows nothing of Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator_core.ports import Topic


class LocalBell:
    def __init__(self, keys: frozenset[str]) -> None:
        self.keys = keys
        self._rung = asyncio.Event()
        #: Set while somebody waits and has not been woken yet.
        self.free = asyncio.Event()

    async def wait(self, timeout: float) -> bool:
        if not self._rung.is_set():
            self.free.set()
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with the ring.
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            return False
        finally:
            self.free.clear()
        self._rung.clear()
        return True

    def ring(self) -> None:
        self._rung.set()
        # At once, not when the waiter gets its turn: a second ring is for somebody else.
        self.free.clear()

    def forget(self) -> None:
        """Take back all rings so far."""
        self._rung.clear()


class Bells:
    def __init__(self) -> None:
        self._bells: dict[Topic, set[LocalBell]] = {topic: set() for topic in Topic}

    @contextmanager
    def hung(self, topic: Topic, keys: frozenset[str]) -> Iterator[LocalBell]:
        bell = LocalBell(keys)
        self._bells[topic].add(bell)
        try:
            yield bell
        finally:
            self._bells[topic].discard(bell)

    def any(self, topic: Topic) -> bool:
        return bool(self._bells[topic])

    def free(self, topic: Topic, key: str) -> bool:
        """Whether somebody here waits for this key."""
        return any(key in bell.keys and bell.free.is_set() for bell in self._bells[topic])

    def ring(self, topic: Topic, key: str | None = None) -> None:
        for bell in self._bells[topic]:
            if key is None or not bell.keys or key in bell.keys:
                bell.ring()

    def ring_all(self) -> None:
        """Something may have been missed: everybody looks again."""
        for topic in Topic:
            self.ring(topic)
