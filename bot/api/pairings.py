"""`/pairings`: who asks to be let in, and letting them in by the code they were given."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.people import PersonView, problem_for
from bot.api.problems import ProblemError
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Pairing, PairingState, Role
from orchestrator_core.pairing import MOST_WAITING, WRONG_WINDOW, keeping_count
from orchestrator_core.people import API


class PairingView(BaseModel):
    """A code that was given to somebody. The code itself is known to them and the owners."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(examples=[4])
    person_id: str
    state: PairingState
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, pairing: Pairing) -> Self:
        return cls(
            id=pairing.id,
            person_id=pairing.person_id,
            state=pairing.state,
            created_at=pairing.created_at,
            expires_at=pairing.expires_at,
        )


class PairingList(BaseModel):
    items: list[PairingView] = Field(description="Newest first.")


class Acceptance(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    role: Literal["owner", "operator", "viewer"]


async def show_waiting(call: Call[Nothing, Nothing, Nothing]) -> Response:
    now = call.state["clock"].now()
    async with call.state["store"].read() as records:
        waiting = await records.pairings.waiting(now, limit=MOST_WAITING)
    return json_answer(PairingList(items=[PairingView.of(pairing) for pairing in waiting]))


async def accept(call: Call[Acceptance, Nothing, Nothing]) -> Response:
    desk, now = call.state["pairing"], call.state["clock"].now()
    code, role = str(call.request.path_params["code"]), Role(call.body.role)
    try:
        async with keeping_count(call.state["store"]) as records:
            changed = await desk.accept(records, code, role, by=API, now=now)
    except PersonError as error:
        raise _problem(error) from None
    return json_answer(PersonView.of(changed.person))


async def refuse(call: Call[Nothing, Nothing, Nothing]) -> Response:
    desk, now = call.state["pairing"], call.state["clock"].now()
    code = str(call.request.path_params["code"])
    try:
        async with keeping_count(call.state["store"]) as records:
            refused = await desk.refuse(records, code, by=API, now=now)
    except PersonError as error:
        raise _problem(error) from None
    return json_answer(PairingView.of(refused))


def _problem(error: PersonError) -> ProblemError:
    problem = problem_for(error)
    if problem.kind is kinds.TOO_MANY:
        problem.headers["Retry-After"] = str(math.ceil(WRONG_WINDOW.total_seconds()))
    return problem


LIST = Operation(
    method="GET",
    path="/pairings",
    id="listPairings",
    summary="List who asks to be let in",
    description="Somebody unknown who writes to Denrei is given a code, good once and for an "
    "hour. An owner accepts it in the chat, or you do here, once they have told it to you.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="Those who wait.", model=PairingList)},
    carry_out=show_waiting,
)

ACCEPT = Operation(
    method="POST",
    path="/pairings/{code}",
    id="acceptPairing",
    summary="Let in whoever was given this code",
    description="A code that was used, refused or has expired is a conflict. After ten wrong ones "
    "in ten minutes every code is refused for a while.",
    allowance=Allowance.WRITES,
    body=Acceptance,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="They are in.", model=PersonView)},
    carry_out=accept,
)

REFUSE = Operation(
    method="DELETE",
    path="/pairings/{code}",
    id="refusePairing",
    summary="Refuse whoever was given this code",
    description="They get no other code for a day.",
    allowance=Allowance.WRITES,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="Refused.", model=PairingView)},
    carry_out=refuse,
)
