"""Wake-ups of a process beside the ones that work: nobody hears them, the others look by
themselves within a second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator_core.ports import Bell, Topic
from storage.bells import Bells


class UnheardWakeups:
    """Implements the port Wakeups within this process alone."""

    def __init__(self) -> None:
        self._bells = Bells()

    @asynccontextmanager
    async def bell(self, topic: Topic, *keys: str) -> AsyncIterator[Bell]:
        with self._bells.hung(topic, frozenset(keys)) as bell:
            yield bell

    def ring(self, topic: Topic, key: str | None = None) -> None:
        self._bells.ring(topic, key)

    async def ping(self) -> None:
        """There is nothing that could be away."""
