"""What makes it quick: wake-ups and the retry buffer. Nothing here is a fact."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """What a wake-up is about. It says only "look again": the facts are in the database."""

    INBOX = "inbox"
    #: Keys: a worker's id, or a pool (`pool_key`).
    TURNS = "turns"
    #: Keys: sessions, as with the two below.
    STOPS = "stops"
    APPROVALS = "approvals"
    DELIVERIES = "deliveries"
    #: What people sent is to be fetched, or was.
    MEDIA = "media"
    EVENTS = "events"


_POOL = "pool:"


def pool_key(pool: str) -> str:
    """Rings whoever of the pool is free: of the processes that wait, one is enough."""
    return _POOL + pool


def is_pool(key: str) -> bool:
    return key.startswith(_POOL)


class Bell(Protocol):
    async def wait(self, timeout: float) -> bool:
        """Wait for a ring, or for one that came since the last wait. False after `timeout` s."""
        ...


class Wakeups(Protocol):
    """Rings between the parts, in this process and others. A ring may be lost: whoever waits
    looks again after a while anyway.

    Bells of the ringing process are rung at once."""

    def bell(self, topic: Topic, *keys: str) -> AbstractAsyncContextManager[Bell]:
        """Without keys it is rung by every ring of the topic.

        A pool's ring is taken from the others only while somebody waits on the bell.
        """
        ...

    def ring(self, topic: Topic, key: str | None = None) -> None:
        """Wake the bells of that key and those without keys; without a key all of the topic.

        Never blocks, never raises.
        """
        ...

    async def ping(self) -> None:
        """Raises when rings do not travel."""
        ...


class Leader(Protocol):
    """Which of many processes does what only one should do."""

    async def is_leader(self) -> bool:
        """True for one process at a time; for every one when nobody can tell.

        So it spares work, and what must not happen twice is claimed in the database as well.
        """
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
