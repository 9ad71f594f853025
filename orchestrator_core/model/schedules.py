"""Prompts that are asked by the clock."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.model.people import Chat


class ScheduleState(enum.StrEnum):
    ACTIVE = "active"
    #: Somebody wants it so.
    PAUSED = "paused"
    #: Whoever made it may no longer ask, or not this agent.
    REVOKED = "revoked"
    #: Nobody can be reached in its chat any more.
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a schedule is due: again and again, or once; exactly one of the two."""

    #: Five fields, as `cron.py` reads them.
    cron: str | None = None
    at: datetime | None = None
    #: Of the fields, and of what people are shown: a name of the IANA's.
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    session_id: str
    prompt: str
    #: The person's own words for when.
    said: str
    timing: Timing
    created_at: datetime
    next_at: datetime
    #: Where the answers go, and for whom; both None: made over the API.
    chat: Chat | None = None
    person_id: str | None = None
    #: The channel's id of the message that made it.
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    id: int
    session_id: str
    prompt: str
    said: str
    timing: Timing
    created_at: datetime
    chat: Chat | None
    person_id: str | None
    message_id: str | None
    state: ScheduleState = ScheduleState.ACTIVE
    #: None unless it is active.
    next_at: datetime | None = None
    #: When it last came due and asked, and the turn made then.
    last_at: datetime | None = None
    last_turn_id: int | None = None
    #: When it last came due while what it had asked before was not yet answered.
    skipped_at: datetime | None = None
