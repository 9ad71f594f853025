"""Who did what, and from where."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator_core.model.people import JsonObject


class Channel(enum.StrEnum):
    LINE = "line"
    API = "api"
    CLI = "cli"
    WEB = "web"
    #: Denrei did it by itself.
    DENREI = "denrei"

    @classmethod
    def of(cls, actor: str) -> Channel:
        """By the name of who acts: every other one is a person's, and people are on LINE."""
        return next((channel for channel in cls if channel.value == actor), cls.LINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`actor` is a person's id or, where nobody is known by name, the channel."""

    actor: str
    action: str
    detail: JsonObject
    created_at: datetime
    session_id: str | None = None
    #: None: the actor tells.
    channel: Channel | None = None
    #: Where the call came from; None but for the API and the web.
    address: str | None = None
    #: Grows from entry to entry; 0 until it is stored.
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Entries that have all of what is given."""

    actor: str | None = None
    action: str | None = None
    session_id: str | None = None
    #: From this moment on.
    since: datetime | None = None
