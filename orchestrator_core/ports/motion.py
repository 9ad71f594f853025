"""What makes it quick: wake-ups and the retry buffer. Nothing here is a fact."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """What a wake-up is about. It says only "look again": the facts are in the database."""

    INBOX = "inbox"
    TURNS = "turns"
    STOPS = "stops"
    APPROVALS = "approvals"
    DELIVERIES = "deliveries"
    EVENTS = "events"


class Bell(Protocol):
    async def wait(self, timeout: float) -> bool:
        """Wait for a ring, or for one that came since the last wait. False after `timeout` s."""
        ...


class Wakeups(Protocol):
    """Rings between the parts, in this process and others. A ring may be lost: whoever waits
    looks again after a while anyway."""

    def bell(self, topic: Topic) -> AbstractAsyncContextManager[Bell]: ...

    def ring(self, topic: Topic) -> None:
        """Never blocks, never raises."""
        ...

    async def ping(self) -> None:
        """Raises when rings do not travel."""
        ...


class RetryBuffer(Protocol):
    """Delivery ids by the time they may be tried again. It may forget: a sweep refills it."""

    async def put(self, delivery_id: int, due_at: datetime) -> None: ...

    async def seconds_to_next(self, now: datetime) -> float | None:
        """0 when one is due; None when it holds nothing."""
        ...

    async def drop_due(self, now: datetime) -> None:
        """Take out the ids that are due."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...
