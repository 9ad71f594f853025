"""A conversation with Claude and what was said in it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from orchestrator_core.model.people import Chat, JsonObject

DEFAULT_POOL = "default"


class SessionState(enum.StrEnum):
    IDLE = "idle"
    RUNNING = "running"
    #: Ended by a person; new prompts are held until someone takes it up again.
    STOPPED = "stopped"


class Mode(enum.StrEnum):
    """How freely Claude works. The policy rules on every call in each of them."""

    DEFAULT = "default"
    #: It reads and plans, and changes nothing.
    PLAN = "plan"
    #: Files in the workspace are edited unasked, unless the guard objects.
    ACCEPT_EDITS = "acceptEdits"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMark:
    """One process of all there ever were: an id is used again, an id with its start is not."""

    host: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a session until a time."""

    session_id: str
    #: The worker's id.
    owner: str
    until: datetime
    #: Grows with every claim: whoever comes with an older one comes too late.
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One Claude conversation."""

    id: str
    #: Small and unique: what people type after `/use`.
    number: int
    name: str | None
    #: The chat it was started in; None when it came over the API.
    chat: Chat | None
    #: Who started it; None when it came over the API.
    person_id: str | None
    agent: str
    workspace: str
    state: SessionState
    created_at: datetime
    updated_at: datetime
    #: Claude's own id of the conversation, known after the first turn reached it.
    claude_session_id: str | None = None
    #: Sum of what its turns cost.
    cost_usd: Decimal = Decimal(0)
    #: The running total Claude last reported; a turn's cost is the difference of two totals.
    reported_total_usd: Decimal = Decimal(0)
    #: The last line Claude wrote, for `/status`.
    last_line: str = ""
    #: The workers that can reach its workspace.
    pool: str = DEFAULT_POOL
    #: The last lease taken, run out or not; None when it was given back.
    lease: Lease | None = None
    #: The Claude Code last started for it, which whoever takes the session over ends first.
    cli: ProcessMark | None = None
    #: In place of its agent's; None: as the agent has it.
    model: str | None = None
    mode: Mode = Mode.DEFAULT
    #: Claude's id of the last message of a turn that came to its end.
    head: str | None = None
    #: Claude's id of the conversation that this one begins as a copy of, and of its last message
    #: in the copy; None: all of it.
    forked_from: str | None = None
    forked_at: str | None = None

    @property
    def short_id(self) -> str:
        return self.id[:6]

    def holder(self, now: datetime) -> str | None:
        """The worker whose lease is good at this moment."""
        return self.lease.owner if self.lease and self.lease.until > now else None

    @property
    def label(self) -> str:
        """`#3 fix the failing test`, or `#3` before anything was asked."""
        return f"#{self.number} {self.name}" if self.name else f"#{self.number}"


class MessageRole(enum.StrEnum):
    PROMPT = "prompt"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMessage:
    session_id: str
    turn_id: int
    role: MessageRole
    text: str
    created_at: datetime
    #: Grows; 0 before it is stored. Not part of what was said.
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """One thing that happened. Ids grow; a reader resumes after the last one it saw."""

    id: int
    session_id: str
    turn_id: int | None
    kind: str
    data: JsonObject
    created_at: datetime
