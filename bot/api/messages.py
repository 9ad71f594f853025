"""`/sessions/{session}/messages`: ask."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.views import NewMessage, TurnView


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


async def ask(call: Call[NewMessage, Nothing, KeyHeader]) -> Response:
    async with call.state["store"].transaction() as records:
        session = await session_meant(records, call.session_reference)
        now = call.state["clock"].now()
        asked = await call.state["desk"].ask(
            records, session, call.body.text, now=now, idempotency_key=call.headers.key
        )
        waits_until = await call.state["budget"].waits_until(records, now)
    view = TurnView.of(asked.turn, waits_until=waits_until)
    return json_answer(view, 202 if asked.is_new else 200)


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
