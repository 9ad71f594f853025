"""The channel's monthly number of pushes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class QuotaMode(enum.StrEnum):
    """What a chat's quota is spent on, besides approvals and alerts."""

    #: Whatever cannot be said for free, while there is quota.
    PUSH = "push"
    #: Nothing: it waits to be fetched.
    FRUGAL = "frugal"
    #: As push while there is plenty, then as frugal.
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaCount:
    """What was pushed in a month: as the channel told last, and by our own count since."""

    #: As in 2026-11.
    month: str
    #: None: there is none, or it was never told.
    limit: int | None = None
    told: int = 0
    told_at: datetime | None = None
    #: Our own count of the month, and how far it was when the channel was asked.
    counted: int = 0
    counted_when_told: int = 0

    @property
    def used(self) -> int:
        return self.told + max(0, self.counted - self.counted_when_told)

    @property
    def left(self) -> int | None:
        """None: any number."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def percent(self) -> int:
        """Of the limit, rounded down; 0 without one."""
        if self.limit is None:
            return 0
        return self.used * 100 // self.limit if self.limit else 100
