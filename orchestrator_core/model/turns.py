"""A prompt and the answer owed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.model.people import Chat, Origin, ReplyToken


class TurnState(enum.StrEnum):
    QUEUED = "queued"
    #: Waits because its session is stopped.
    HELD = "held"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    #: A person stopped it.
    STOPPED = "stopped"
    #: The process ended under it after it had reached the model.
    INTERRUPTED = "interrupted"
    #: The person took the message back before it ran.
    WITHDRAWN = "withdrawn"


class Choice(enum.StrEnum):
    """What a person wants done about an interrupted turn."""

    #: Claude is told to find out how far it came, and to do the rest.
    CONTINUE = "continue"
    #: The same prompt once more.
    AGAIN = "again"
    #: Nothing runs.
    LEAVE = "leave"


OPEN_TURN_STATES = (TurnState.QUEUED, TurnState.HELD, TurnState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    session_id: str
    prompt: str
    created_at: datetime
    chat: Chat | None = None
    person_id: str | None = None
    reply_token: ReplyToken | None = None
    #: The API caller's key: the same key never makes a second turn.
    idempotency_key: str | None = None
    #: The channel's id of the message that brought the prompt.
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A prompt and the answer owed. Turns of a session run in the order of their ids."""

    id: int
    session_id: str
    prompt: str
    state: TurnState
    created_at: datetime
    chat: Chat | None
    person_id: str | None
    reply_token: ReplyToken | None
    idempotency_key: str | None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: How often a run of it was begun.
    runs: int = 0
    #: From here on a run may have had effects, so it is never begun again by itself.
    reached_model: bool = False
    stop_requested: bool = False
    message_id: str | None = None
    #: Of an interrupted one; None until somebody has chosen.
    choice: Choice | None = None

    @property
    def is_taken_back(self) -> bool:
        """The person unsent it, so its text is gone and it must not run (again). No prompt is
        empty otherwise."""
        return not self.prompt

    @property
    def origin(self) -> Origin | None:
        """None when it came over the API."""
        if self.chat is None or self.person_id is None:
            return None
        return Origin(
            chat=self.chat,
            person_id=self.person_id,
            reply_token=self.reply_token,
            message_id=self.message_id,
        )
