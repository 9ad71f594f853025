"""What is stored of work by the clock: when it is due, who does it, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A job that one process does for all. It has one run that is due or under way."""

    name: str
    due_at: datetime
    #: Who does it, and when they are taken for dead; both None while nobody does.
    runner: str | None = None
    running_until: datetime | None = None
    #: When the last run ended, and the name of what it ended with if it failed.
    finished_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobClaim:
    name: str
    runner: str
    now: datetime
    #: Only a run that was due by then.
    due_by: datetime
    #: How long the run is the claimer's.
    until: datetime
    #: Nobody can have claimed it for longer than this: who seems to, did so before the clock was
    #: set back.
    longest: datetime


class Jobs(Protocol):
    async def get(self, name: str) -> JobRun | None: ...

    async def plan(self, name: str, due_at: datetime) -> None:
        """It is due then, unless it is due earlier already."""
        ...

    async def claim(self, claim: JobClaim) -> bool:
        """Take the run that is due. False, and nothing changes, when it is not due or is somebody
        else's. Of any number that claim the same run at once, one gets it."""
        ...

    async def finish(
        self, claim: JobClaim, *, now: datetime, due_at: datetime, error: str | None = None
    ) -> bool:
        """The run is over and the next one is due then. False, and nothing changes, when somebody
        else has taken it over since."""
        ...

    async def release(self, claim: JobClaim) -> None:
        """Leave the run to anyone: it is due as before. One taken over since stays."""
        ...
