"""`/approvals`: tool calls that wait for a person, and the answer to one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import id_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import Limit
from bot.api.problems import ProblemError
from orchestrator_core import model
from orchestrator_core.approval_answers import API, MOST_REASON_CHARACTERS, Given, decide, lock
from orchestrator_core.model import Approval, ApprovalState, JsonObject
from orchestrator_core.tool_scopes import scope_of


class ApprovalQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Limit = 50


class ApprovalView(BaseModel):
    """A tool call that waits, or waited, for a person."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(examples=[12])
    session_id: str
    turn_id: int
    tool: str = Field(examples=["Bash"])
    input: JsonObject = Field(
        description="What the tool is called with, whole.", examples=[{"command": "npm publish"}]
    )
    directory: str = Field(description="Where its relative paths begin; empty: the workspace.")
    rule: str | None = Field(
        description="The guard's rule that stopped it; null: it is only not on the agent's "
        "whitelist."
    )
    why: str = Field(description="The part of the call that met the rule.")
    for_session: str | None = Field(
        description="What `session` would allow for the rest of the session; null: that is not "
        "possible."
    )
    second_person: bool = Field(description="Two different people must allow it.")
    first_yes: str | None = Field(description="Who has, where two must.")
    state: ApprovalState
    decided_by: str | None
    created_at: datetime
    expires_at: datetime = Field(description="Without an answer until then it is denied.")

    @classmethod
    def of(cls, approval: Approval) -> Self:
        one = approval
        scope = scope_of(one.tool, one.tool_input, rule=one.rule, cwd=one.cwd)
        return cls(
            id=one.id,
            session_id=one.session_id,
            turn_id=one.turn_id,
            tool=one.tool,
            input=one.tool_input,
            directory=one.cwd,
            rule=one.rule,
            why=one.why,
            for_session=None if one.second_person else scope.text,
            second_person=one.second_person,
            first_yes=one.first_yes,
            state=one.state,
            decided_by=one.decided_by,
            created_at=one.created_at,
            expires_at=one.expires_at,
        )


class ApprovalList(BaseModel):
    items: list[ApprovalView] = Field(description="Oldest first.")


class NewAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    answer: Literal["once", "session", "deny"] = Field(
        description="`once`: this call runs. `session`: it and the same again in this session. "
        "`deny`: it does not run."
    )
    reason: Annotated[str, Field(min_length=1, max_length=MOST_REASON_CHARACTERS)] | None = Field(
        None, description="With `deny`: what Claude is told."
    )


async def pending(call: Call[Nothing, ApprovalQuery, Nothing]) -> Response:
    now = call.state["clock"].now()
    async with call.state["store"].read() as records:
        found = await records.approvals.pending(limit=call.query.limit)
    waiting = [ApprovalView.of(one) for one in found if one.expires_at > now]
    return json_answer(ApprovalList(items=waiting))


async def answer(call: Call[NewAnswer, Nothing, Nothing]) -> Response:
    approval_id = id_meant(call.request, "approval")
    given = Given(answer=model.Answer(call.body.answer), actor=API, reason=call.body.reason)
    if given.reason and given.answer.allows:
        raise ProblemError(kinds.INVALID, "A reason goes with `deny` only.")
    async with call.state["store"].transaction() as records:
        locked = await lock(records, approval_id)
        now = call.state["clock"].now()
        _must_wait(locked.approval, given, now)
        decided = await decide(records, locked, given, now=now)
    return json_answer(ApprovalView.of(decided))


def _must_wait(approval: Approval, given: Given, now: datetime) -> None:
    if approval.state is not ApprovalState.PENDING:
        raise ProblemError(kinds.CONFLICT, f"It is {approval.state} already.")
    if approval.expires_at <= now:
        raise ProblemError(kinds.CONFLICT, "Its time is over, so it is denied.")
    if given.answer.allows and approval.first_yes == API:
        raise ProblemError(
            kinds.CONFLICT, "The first yes came from here; another person's is due."
        )


LIST = Operation(
    method="GET",
    path="/approvals",
    id="listApprovals",
    summary="List the tool calls that wait for a person, oldest first",
    description="One that nobody answers in time is denied.",
    allowance=Allowance.READS,
    body=Nothing,
    query=ApprovalQuery,
    headers=Nothing,
    answers={200: Answer(description="What waits.", model=ApprovalList)},
    carry_out=pending,
)

DECIDE = Operation(
    method="POST",
    path="/approvals/{approval}",
    id="answerApproval",
    summary="Answer a tool call that waits",
    description="The first answer counts, whether it comes from here or from a chat. Where two "
    "people must allow it, whoever holds the token is one of them; it is then still `pending`.",
    allowance=Allowance.WRITES,
    body=NewAnswer,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="The call as it is now.", model=ApprovalView)},
    carry_out=answer,
)
