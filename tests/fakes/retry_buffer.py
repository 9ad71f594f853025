"""The retry buffer in a dict."""

from __future__ import annotations

from datetime import datetime


class FakeRetryBuffer:
    def __init__(self) -> None:
        self._due: dict[int, datetime] = {}

    async def put(self, delivery_id: int, due_at: datetime) -> None:
        self._due[delivery_id] = due_at

    async def seconds_to_next(self, now: datetime) -> float | None:
        if not self._due:
            return None
        return max(0.0, (min(self._due.values()) - now).total_seconds())

    async def drop_due(self, now: datetime) -> None:
        self._due = {one: at for one, at in self._due.items() if at > now}

    def forget(self) -> None:
        """Lose everything, as Redis may."""
        self._due.clear()
