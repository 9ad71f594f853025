"""The API's JSON: what callers send and what they get, with the words that document it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.api.checks import TOO_LARGE
from orchestrator_core.desk import NAME_LENGTH
from orchestrator_core.model import (
    Choice,
    JsonObject,
    MessageRole,
    Session,
    SessionEvent,
    SessionMessage,
    SessionState,
    Turn,
    TurnState,
)

TEXT_LIMIT = 100_000


def _sound_text(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "Must not be empty")
    if "\0" in text:
        # PostgreSQL cannot keep it.
        raise PydanticCustomError("nul", "Must not contain U+0000")
    if len(text.encode()) > TEXT_LIMIT:
        raise PydanticCustomError(TOO_LARGE, "Must not be over 100 kB in UTF-8")
    return text


# The fields come first: what follows a function is checked, but no longer documented.
Text = Annotated[
    str,
    Field(
        min_length=1,
        description="At most 100,000 bytes in UTF-8, not only white space, without U+0000.",
        examples=["Find the failing test and fix it."],
        json_schema_extra={"maxLength": TEXT_LIMIT},
    ),
    AfterValidator(_sound_text),
]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=NAME_LENGTH,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="What people call it in `/use`. Without one, its first prompt names it.",
        examples=["parser"],
    ),
    AfterValidator(_sound_text),
]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NewSession(_Sent):
    agent: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="A configured agent; the default one when left out.", examples=["claude"]
    )
    name: Name | None = None
    prompt: Text | None = Field(None, description="A first prompt, asked at once.")


class NewMessage(_Sent):
    text: Text


class NewChoice(_Sent):
    choice: Choice = Field(
        description="`continue`: Claude is told to find out how far it came and to go on. "
        "`again`: the same prompt once more. `leave`: nothing runs."
    )


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class TurnView(_Shown):
    """A prompt and the answer owed."""

    id: int = Field(examples=[12])
    session_id: str
    state: TurnState = Field(description="`held`: it waits because its session is stopped.")
    text: str = Field(description="The prompt.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    choice: Choice | None = Field(
        description="What was chosen about an `interrupted` one; null: nothing so far."
    )
    waits_until: datetime | None = Field(
        description="When a queued one can run, once today's budget is used up; else null."
    )

    @classmethod
    def of(cls, turn: Turn, *, waits_until: datetime | None) -> Self:
        """`waits_until` as the budget says."""
        return cls(
            id=turn.id,
            session_id=turn.session_id,
            state=turn.state,
            text=turn.prompt,
            created_at=turn.created_at,
            started_at=turn.started_at,
            finished_at=turn.finished_at,
            choice=turn.choice,
            waits_until=waits_until if turn.state is TurnState.QUEUED else None,
        )


class SessionView(_Shown):
    """One conversation with Claude."""

    id: str
    short_id: str = Field(description="The beginning of the id, enough for people.")
    number: int = Field(description="Small and unique.", examples=[3])
    name: str | None
    agent: str = Field(examples=["claude"])
    workspace: str = Field(description="The folder Claude works in.")
    state: SessionState
    chat_id: str | None = Field(description="The LINE chat it was started in; null: over the API.")
    cost_usd: str = Field(
        description="What its turns cost so far, exactly.",
        pattern=r"^\d+(\.\d+)?$",
        examples=["0.0421"],
    )
    last_line: str = Field(description="The last line Claude wrote.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(**_facts(session))


class SessionStarted(SessionView):
    """A new session and, when it was given a prompt, its first turn."""

    turn: TurnView | None

    @classmethod
    def with_turn(cls, session: Session, turn: TurnView | None) -> Self:
        return cls(**_facts(session), turn=turn)


class MessageView(_Shown):
    id: int = Field(description="Grows from message to message.", examples=[7])
    turn_id: int
    role: MessageRole
    text: str
    created_at: datetime

    @classmethod
    def of(cls, message: SessionMessage) -> Self:
        return cls(
            id=message.id,
            turn_id=message.turn_id,
            role=message.role,
            text=message.text,
            created_at=message.created_at,
        )


class SessionDetail(SessionView):
    """A session with what was said in it and what waits."""

    messages: list[MessageView] = Field(description="The last hundred, oldest first.")
    older: str | None = Field(
        description="Where the messages before them are; null: there are none.",
        examples=["/sessions/3/messages?limit=100&before=7"],
    )
    queue: list[TurnView] = Field(description="Running and waiting turns, in their order.")
    interrupted: list[TurnView] = Field(
        description="Interrupted turns about which nobody has chosen yet: the last twenty, newest "
        "first. The session goes on without a choice."
    )

    @classmethod
    def with_work(
        cls,
        session: Session,
        messages: Sequence[SessionMessage],
        queue: Sequence[TurnView],
        interrupted: Sequence[TurnView],
        *,
        older: str | None,
    ) -> Self:
        return cls(
            **_facts(session),
            messages=[MessageView.of(message) for message in messages],
            queue=list(queue),
            interrupted=list(interrupted),
            older=older,
        )


class MessagePage(_Shown):
    items: list[MessageView] = Field(description="Newest first.")
    next: str | None = Field(
        description="Where the older ones are; null: there are none.",
        examples=["/sessions/3/messages?limit=20&before=7"],
    )


class SessionPage(_Shown):
    items: list[SessionView] = Field(description="Newest first.")
    next: str | None = Field(
        description="Where the older ones are; null: there are none.",
        examples=["/sessions?limit=20&before=41"],
    )


class EventView(_Shown):
    """The `data` of one event in the stream. Its `id:` and `event:` lines hold id and kind."""

    id: int
    session_id: str
    turn_id: int | None
    kind: str = Field(examples=["prompt"])
    data: JsonObject = Field(description="What belongs to this kind.")
    created_at: datetime

    @classmethod
    def of(cls, event: SessionEvent) -> Self:
        return cls(
            id=event.id,
            session_id=event.session_id,
            turn_id=event.turn_id,
            kind=event.kind,
            data=event.data,
            created_at=event.created_at,
        )


class Fault(_Shown):
    """One thing that is wrong; exactly one of the places is given."""

    detail: str
    pointer: str = Field("", description="JSON Pointer into the body.", examples=["#/text"])
    parameter: str = Field("", description="Query parameter.")
    header: str = Field("", description="Request header.")


class ProblemView(_Shown):
    """Problem details as of RFC 9457."""

    type: str = Field(description="Where this kind of problem is described.")
    title: str
    status: int
    detail: str = Field(description="What was wrong this time.")
    errors: list[Fault] = Field([], description="Each thing that is wrong with the request.")


def _facts(session: Session) -> JsonObject:
    return {
        "id": session.id,
        "short_id": session.short_id,
        "number": session.number,
        "name": session.name,
        "agent": session.agent,
        "workspace": session.workspace,
        "state": session.state,
        "chat_id": session.chat.id if session.chat else None,
        "cost_usd": f"{session.cost_usd:f}",
        "last_line": session.last_line,
        "created_at": session.created_at,
        "updated_at": session.updated_at,
    }
