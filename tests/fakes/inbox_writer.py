"""The inbox writer over the store in memory."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator_core.errors import StorageFullError
from orchestrator_core.model import NewInboxEvent
from tests.fakes.store import FakeStore


class FakeInboxWriter:
    def __init__(self, store: FakeStore) -> None:
        self._store = store
        #: Set to make every call fail, as on a full disk.
        self.full = False

    async def store(self, events: Sequence[NewInboxEvent]) -> None:
        if self.full:
            raise StorageFullError("full")
        await self._store.take_in(events)

    async def quiet(self, at_most: float) -> None:
        """There is never a flood here."""
