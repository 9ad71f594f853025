"""`/sessions/{session}/messages`: ask, and read what was said."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import BeforeId, Limit, cut
from bot.api.views import MessagePage, MessageView, NewMessage, TurnView
from orchestrator_core.model import AuditAction, Session, SessionMessage

#: How many are shown with their session.
MESSAGES = 100


class KeyHeader(BaseModel):
    key: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] | None = (
        Field(
            None,
            alias="Idempotency-Key",
            description="Anything unique to this message. Sent again with the same text, it gives "
            "the turn made the first time.",
            examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
        )
    )


class MessageQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Limit = 20
    before: BeforeId = Field(
        None, description="Only messages with a lower id; `next` of a page has it."
    )


async def ask(call: Call[NewMessage, Nothing, KeyHeader]) -> Response:
    async with call.state["store"].transaction() as records:
        session = await session_meant(records, call.session_reference)
        now = call.state["clock"].now()
        asked = await call.state["desk"].ask(
            records, session, call.body.text, now=now, idempotency_key=call.headers.key
        )
        if asked.is_new:
            await call.note(
                records, AuditAction.SESSION_ASK, session_id=session.id, turn_id=asked.turn.id
            )
        waits_until = await call.state["budget"].waits_until(records, now)
    view = TurnView.of(asked.turn, waits_until=waits_until)
    return json_answer(view, 202 if asked.is_new else 200)


async def page(call: Call[Nothing, MessageQuery, Nothing]) -> Response:
    wanted = call.query
    async with call.state["store"].read() as records:
        session = await session_meant(records, call.session_reference)
        found = await records.log.messages(
            session.id, limit=wanted.limit + 1, before_id=wanted.before
        )
    newest_first, more = cut(found[::-1], wanted.limit)
    address = older_than(session, newest_first[-1], limit=wanted.limit) if more else None
    items = [MessageView.of(message) for message in newest_first]
    return json_answer(MessagePage(items=items, next=address))


def older_than(session: Session, message: SessionMessage, *, limit: int = MESSAGES) -> str:
    """Where the messages before this one are."""
    return f"/sessions/{session.id}/messages?limit={limit}&before={message.id}"


ASK = Operation(
    method="POST",
    path="/sessions/{session}/messages",
    id="askSession",
    summary="Ask the session something",
    description="The prompt is queued behind those before it, or held while the session is "
    "stopped. The answer appears among the session's messages and events.",
    allowance=Allowance.WRITES,
    body=NewMessage,
    query=Nothing,
    headers=KeyHeader,
    answers={
        202: Answer(description="Stored; it will be carried out.", model=TurnView),
        200: Answer(
            description="Known already by its `Idempotency-Key`; nothing new was made.",
            model=TurnView,
        ),
    },
    carry_out=ask,
)

PAGE = Operation(
    method="GET",
    path="/sessions/{session}/messages",
    id="listMessages",
    summary="List prompts and answers, newest first",
    description="Follow `next` for older ones.",
    allowance=Allowance.READS,
    body=Nothing,
    query=MessageQuery,
    headers=Nothing,
    answers={200: Answer(description="A page of messages.", model=MessagePage)},
    carry_out=page,
)
