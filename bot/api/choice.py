"""`/sessions/{session}/turns/{turn}/choice`: what becomes of an interrupted turn."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import id_meant, session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.stop import ACTOR
from bot.api.views import NewChoice, TurnView
from orchestrator_core.interrupted import Decision, choose, lock_offer


class ChoiceMade(BaseModel):
    model_config = ConfigDict(frozen=True)

    turn: TurnView = Field(description="The interrupted turn.")
    following: TurnView | None = Field(
        description="The turn that was queued for it; null with `leave`."
    )


async def make_choice(call: Call[NewChoice, Nothing, Nothing]) -> Response:
    turn_id = id_meant(call.request, "turn")
    desk, now = call.state["desk"], call.state["clock"].now()
    async with call.state["store"].transaction() as records:
        session = await session_meant(records, call.session_reference)
        offer = await lock_offer(records, session.id, turn_id)
        decision = Decision(choice=call.body.choice, actor=ACTOR)
        chosen = await choose(records, desk, offer, decision, now=now)
        waits_until = await call.state["budget"].waits_until(records, now)
    following = chosen.following and TurnView.of(chosen.following, waits_until=waits_until)
    made = ChoiceMade(turn=TurnView.of(chosen.turn, waits_until=None), following=following)
    return json_answer(made, 202 if chosen.is_new else 200)


CHOOSE = Operation(
    method="POST",
    path="/sessions/{session}/turns/{turn}/choice",
    id="chooseForTurn",
    summary="Choose what becomes of an interrupted turn",
    description="The first choice counts, whether it comes from here or from the chat. What it "
    "starts is queued behind the session's other prompts, or held while the session is stopped; "
    "the answer goes where the interrupted turn's would have gone.",
    allowance=Allowance.WRITES,
    body=NewChoice,
    query=Nothing,
    headers=Nothing,
    answers={
        202: Answer(description="Chosen.", model=ChoiceMade),
        200: Answer(description="The same was chosen before; nothing is new.", model=ChoiceMade),
    },
    carry_out=make_choice,
)
