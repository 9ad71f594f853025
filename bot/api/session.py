"""`/sessions/{session}`: what a session is, said and waits for."""

from __future__ import annotations

from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import session_meant
from bot.api.messages import MESSAGES, older_than
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import cut
from bot.api.views import SessionDetail, TurnView

#: How many interrupted turns are shown with their session.
UNDECIDED = 20


async def show(call: Call[Nothing, Nothing, Nothing]) -> Response:
    async with call.state["store"].read() as records:
        session = await session_meant(records, call.session_reference)
        messages = await records.log.messages(session.id, limit=MESSAGES + 1)
        turns = await records.turns.open_of(session.id)
        left = await records.turns.undecided_of(session.id, limit=UNDECIDED)
        now = call.state["clock"].now()
        waits_until = await call.state["budget"].waits_until(records, now)
    queue = [TurnView.of(turn, waits_until=waits_until) for turn in turns]
    undecided = [TurnView.of(turn, waits_until=None) for turn in left]
    newest_first, more = cut(messages[::-1], MESSAGES)
    older = older_than(session, newest_first[-1]) if more else None
    detail = SessionDetail.with_work(session, newest_first[::-1], queue, undecided, older=older)
    return json_answer(detail)


SHOW = Operation(
    method="GET",
    path="/sessions/{session}",
    id="getSession",
    summary="Show a session",
    description="With its last messages, its queue and what it cost.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="The session.", model=SessionDetail)},
    carry_out=show,
)
