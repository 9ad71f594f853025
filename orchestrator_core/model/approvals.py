"""Tool calls that wait for a person."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator_core.model.people import JsonObject


class ApprovalState(enum.StrEnum):
    PENDING = "pending"
    ALLOWED = "allowed"
    DENIED = "denied"
    #: Denied, and the person's next words are the reason.
    DENYING = "denying"
    #: Nobody answered in time, which is a no.
    EXPIRED = "expired"
    #: The turn ended before anyone answered.
    CANCELLED = "cancelled"


class Answer(enum.StrEnum):
    """What a person says to a tool call."""

    ONCE = "once"
    #: The same again, in this session, without being asked.
    SESSION = "session"
    DENY = "deny"
    #: Their next words are the reason.
    DENY_SAYING_WHY = "deny_saying_why"

    @property
    def allows(self) -> bool:
        return self in {Answer.ONCE, Answer.SESSION}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    turn_id: int
    session_id: str
    #: Cannot be guessed; its buttons carry it.
    nonce: str
    tool: str
    tool_input: JsonObject
    #: Whose answer counts; None: any owner's.
    person_id: str | None
    created_at: datetime
    expires_at: datetime
    #: The guard's rule that stopped it; None: it is only not on the agent's whitelist.
    rule: str | None = None
    #: The part of the call that met the rule.
    why: str = ""
    #: The reason an owner wrote for a rule of their own.
    said: str = ""
    #: Where it would run.
    cwd: str = ""
    #: Two different people must say yes, and owners may besides that person.
    second_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A tool call that waits for a person."""

    id: int
    turn_id: int
    session_id: str
    nonce: str
    tool: str
    tool_input: JsonObject
    person_id: str | None
    created_at: datetime
    expires_at: datetime
    state: ApprovalState
    decided_by: str | None = None
    decided_at: datetime | None = None
    rule: str | None = None
    why: str = ""
    said: str = ""
    cwd: str = ""
    second_person: bool = False
    #: Who said yes first, where two must.
    first_yes: str | None = None
    #: Why it was denied, in the person's words.
    reason: str | None = None
    #: Where those words are waited for.
    reason_chat_id: str | None = None
    #: Of a question of Claude's: what was answered to each so far,
    answers: tuple[tuple[str, ...], ...] = ()
    #: what is chosen so far of the one that waits,
    picked: tuple[str, ...] = ()
    #: and who was asked to write an answer of their own, in the chat above.
    typing_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person allowed for the rest of a session."""

    session_id: str
    #: Of the call it is good for, with the rule that had stopped it.
    mark: str
    granted_by: str
    approval_id: int
    created_at: datetime
    #: What it is good for, as a person reads it; empty for one from before that was kept.
    text: str = ""
    #: 0 until it is stored.
    id: int = field(default=0, compare=False)
