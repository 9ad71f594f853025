"""Who did what, and from where."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from orchestrator_core.model.approvals import ApprovalState
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


class AuditAction(enum.StrEnum):
    """What is done. Whoever filters the audit knows them by these words, so none may change."""

    SESSION_START = "session.start"
    SESSION_ASK = "session.ask"
    SESSION_USE = "session.use"
    SESSION_STOP = "session.stop"
    SESSION_NAME = "session.name"
    SESSION_FORK = "session.fork"
    SESSION_MODEL = "session.model"
    SESSION_MODE = "session.mode"
    TURN_CHOICE = "turn.choice"
    TURN_INTERRUPT = "turn.interrupt"
    TURN_DROP = "turn.drop"
    TURN_FORWARD = "turn.forward"
    CHAT_AGENT = "chat.agent"
    CHAT_QUOTA = "chat.quota"

    #: What the policy said of a tool call.
    TOOL_ALLOWED = "tool.allowed"
    TOOL_ASKED = "tool.asked"
    TOOL_DENIED = "tool.denied"
    #: What a person, or nobody in time, said to one that was asked.
    APPROVAL_FIRST_YES = "approval.first_yes"
    APPROVAL_ALLOWED = "approval.allowed"
    APPROVAL_DENIED = "approval.denied"
    APPROVAL_EXPIRED = "approval.expired"
    #: Its turn was over first.
    APPROVAL_CANCELLED = "approval.cancelled"
    GRANT_TAKEN_BACK = "grant.taken_back"

    PERSON_ACCEPTED = "person.accepted"
    PERSON_REFUSED = "person.refused"
    PERSON_ROLE = "person.role"
    PERSON_NAME = "person.name"
    BUDGET_RAISE = "budget.raise"
    DELIVERY_RESEND = "delivery.resend"
    PERSON_ZONE = "person.zone"
    PERSON_LANGUAGE = "person.language"

    SCHEDULE_ADD = "schedule.add"
    SCHEDULE_PAUSE = "schedule.pause"
    SCHEDULE_RESUME = "schedule.resume"
    SCHEDULE_DELETE = "schedule.delete"
    #: Its time came.
    SCHEDULE_ASK = "schedule.ask"
    #: Its time came, and nobody is there who may ask.
    SCHEDULE_STOP = "schedule.stop"

    @classmethod
    def stored(cls, word: str) -> Self | UnknownAction:
        try:
            return cls(word)
        except ValueError:
            return UnknownAction(word)

    @classmethod
    def of_approval(cls, decided: ApprovalState) -> Self:
        """Raises ValueError for a state in which nothing is decided."""
        denied = decided is ApprovalState.DENYING
        return cls(f"approval.{ApprovalState.DENIED if denied else decided}")


class UnknownAction(str):
    """What a version that knew others has stored. Only to be read."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`actor` is a person's id or, where nobody is known by name, the channel."""

    actor: str
    action: AuditAction | UnknownAction
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
