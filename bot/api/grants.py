"""`/sessions/{session}/grants`: what was allowed for the rest of a session, and an end to it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import id_meant, session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.problems import ProblemError
from orchestrator_core.errors import NotFoundError
from orchestrator_core.grants import take_back
from orchestrator_core.model import Channel, Grant

#: Each was a person's answer to a card of its own.
MOST_SHOWN = 200


class GrantView(BaseModel):
    """What runs in a session without being asked, because a person said so."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(examples=[3])
    allowed: str = Field(
        description="The call it is good for; empty for one from before that was kept.",
        examples=["Bash(make test)", "Edit(/srv/site/index.html)"],
    )
    granted_by: str = Field(description="A person's id, or `api`. Without their right it rests.")
    approval_id: int = Field(description="The question that was answered so.")
    created_at: datetime

    @classmethod
    def of(cls, grant: Grant) -> Self:
        return cls(
            id=grant.id,
            allowed=grant.text,
            granted_by=grant.granted_by,
            approval_id=grant.approval_id,
            created_at=grant.created_at,
        )


class GrantList(BaseModel):
    items: list[GrantView] = Field(description=f"Oldest first, {MOST_SHOWN} at most.")


async def show(call: Call[Nothing, Nothing, Nothing]) -> Response:
    async with call.state["store"].read() as records:
        session = await session_meant(records, call.session_reference)
        found = await records.approvals.grants(session.id, limit=MOST_SHOWN)
    return json_answer(GrantList(items=[GrantView.of(one) for one in found]))


async def end(call: Call[Nothing, Nothing, Nothing]) -> Response:
    grant_id, now = id_meant(call.request, "grant"), call.state["clock"].now()
    async with call.state["store"].transaction() as records:
        session = await session_meant(records, call.session_reference)
        grant = await records.approvals.grant_by_id(grant_id)
        if grant is None or grant.session_id != session.id:
            raise _nothing()
        try:
            await take_back(records, grant, actor=Channel.API.value, now=now)
        except NotFoundError:
            raise _nothing() from None
    return json_answer(GrantView.of(grant))


def _nothing() -> ProblemError:
    return ProblemError(kinds.NOT_FOUND, "No grant of this session has this id.")


LIST = Operation(
    method="GET",
    path="/sessions/{session}/grants",
    id="listGrants",
    summary="List what runs in a session without being asked, because a person said so",
    description="The answer `session` to an approval makes one.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="What was allowed.", model=GrantList)},
    carry_out=show,
)

END = Operation(
    method="DELETE",
    path="/sessions/{session}/grants/{grant}",
    id="takeBackGrant",
    summary="Take back what was allowed for the rest of a session",
    description="From then on a person is asked again.",
    allowance=Allowance.WRITES,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="What was taken back.", model=GrantView)},
    carry_out=end,
)
