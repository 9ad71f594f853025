"""`/sessions/{session}/stop`: end what runs, drop what waits."""

from __future__ import annotations

from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.views import SessionView

#: Who did it, in the audit.
ACTOR = "api"


async def stop(call: Call[Nothing, Nothing, Nothing]) -> Response:
    async with call.state["store"].transaction() as records:
        session = await session_meant(records, call.session_reference)
        stopped = await call.state["desk"].stop(
            records, session.id, actor=ACTOR, now=call.state["clock"].now()
        )
    return json_answer(SessionView.of(stopped))


STOP = Operation(
    method="POST",
    path="/sessions/{session}/stop",
    id="stopSession",
    summary="Stop a session",
    description="The turn under way is interrupted, waiting ones are dropped, later prompts are "
    "held. Stopping a stopped session changes nothing.",
    allowance=Allowance.WRITES,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="Stopped.", model=SessionView)},
    carry_out=stop,
)
