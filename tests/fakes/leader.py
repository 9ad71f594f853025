"""Leaders of one role: the first who asks leads until he gives up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FakeLeaders:
    """The processes that stand for leader."""

    def __init__(self) -> None:
        self.leading: FakeLeader | None = None
        #: Set to have nobody tell who leads, as when Redis is away.
        self.away = False

    @asynccontextmanager
    async def stand(self) -> AsyncIterator[FakeLeader]:
        leader = FakeLeader(self)
        try:
            yield leader
        finally:
            if self.leading is leader:
                self.leading = None


class FakeLeader:
    def __init__(self, leaders: FakeLeaders) -> None:
        self._leaders = leaders

    async def is_leader(self) -> bool:
        if self._leaders.away:
            return True
        self._leaders.leading = self._leaders.leading or self
        return self._leaders.leading is self
