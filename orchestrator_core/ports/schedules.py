"""What is stored of prompts that are asked by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator_core.model import NewSchedule, Schedule


class Schedules(Protocol):
    async def add(self, schedule: NewSchedule) -> Schedule: ...

    async def get(self, schedule_id: int) -> Schedule | None: ...

    async def lock(self, schedule_id: int) -> Schedule | None:
        """Read for change; None when there is none (any more). After the person's lock, before
        any session's."""
        ...

    async def save(self, schedule: Schedule) -> None:
        """Its state and its times; the rest stays as it was made."""
        ...

    async def delete(self, schedule_id: int) -> None: ...

    async def due(self, now: datetime, *, limit: int) -> list[Schedule]:
        """Those due by now, the one that waits longest first."""
        ...

    async def of_person(self, person_id: str | None, *, limit: int) -> list[Schedule]:
        """Theirs, or those made over the API, in the order they were made."""
        ...

    async def page(self, *, limit: int, before_id: int | None = None) -> list[Schedule]:
        """Everybody's, newest first, from below `before_id`."""
        ...

    async def revoke(self, person_id: str) -> None:
        """Those of the person that are active or paused are so no longer."""
        ...

    async def delete_of_message(self, chat_id: str, message_id: str) -> None:
        """What this message made."""
        ...
