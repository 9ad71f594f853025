"""The monthly number of pushes as it is known, and reply tokens that are about to end."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator_core.model import QuotaCount


class Quotas(Protocol):
    async def get(self, month: str) -> QuotaCount:
        """Of a month nothing is known about: nothing was pushed, and the limit is as it was in the
        last month before it."""
        ...

    async def lock(self, month: str) -> QuotaCount:
        """As `get`, for change. The last lock a transaction takes."""
        ...

    async def save(self, count: QuotaCount) -> None:
        """After `lock`."""
        ...

    async def tokens_ending(
        self, after: datetime, until: datetime, *, limit: int
    ) -> list[tuple[str, int]]:
        """Session and turn of those that wait or run and have a reply token that ends between the
        two moments, in the order in which sessions are locked."""
        ...
