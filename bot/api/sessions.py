"""`/sessions`: start one, list them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import Limit, cut
from bot.api.views import NewSession, SessionPage, SessionStarted, SessionView, TurnView
from orchestrator_core.model import AuditAction, Session
from orchestrator_core.ports import Records


class PageQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Limit = 20
    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Only sessions with a lower number; `next` of a page has it."
    )


async def start(call: Call[NewSession, Nothing, Nothing]) -> Response:
    async with call.state["store"].transaction() as records:
        session, turn = await _started(call, records)
    return json_answer(
        SessionStarted.with_turn(session, turn), 201, {"Location": f"/sessions/{session.id}"}
    )


async def _started(
    call: Call[NewSession, Nothing, Nothing], records: Records
) -> tuple[Session, TurnView | None]:
    wanted, desk, now = call.body, call.state["desk"], call.state["clock"].now()
    session = await desk.start(records, chat=None, person_id=None, agent=wanted.agent, now=now)
    await call.note(records, AuditAction.SESSION_START, session_id=session.id, agent=session.agent)
    if wanted.name is not None:
        session = replace(session, name=wanted.name)
        await records.sessions.save(session)
    if wanted.prompt is None:
        return session, None
    asked = await desk.ask(records, session, wanted.prompt, now=now)
    await call.note(records, AuditAction.SESSION_ASK, session_id=session.id, turn_id=asked.turn.id)
    waits_until = await call.state["budget"].waits_until(records, now)
    turn = TurnView.of(asked.turn, waits_until=waits_until)
    # Asking may have named it.
    return await records.sessions.get(session.id) or session, turn


async def page(call: Call[Nothing, PageQuery, Nothing]) -> Response:
    wanted = call.query
    async with call.state["store"].read() as records:
        found = await records.sessions.page(limit=wanted.limit + 1, before_number=wanted.before)
    shown, more = cut(found, wanted.limit)
    address = f"/sessions?limit={wanted.limit}&before={shown[-1].number}" if more else None
    return json_answer(
        SessionPage(items=[SessionView.of(session) for session in shown], next=address)
    )


START = Operation(
    method="POST",
    path="/sessions",
    id="startSession",
    summary="Start a session",
    description="With `prompt`, its first turn is queued in the same step.",
    allowance=Allowance.WRITES,
    body=NewSession,
    query=Nothing,
    headers=Nothing,
    answers={
        201: Answer(
            description="Started.",
            model=SessionStarted,
            headers={"Location": "Where the session is."},
        )
    },
    carry_out=start,
)

PAGE = Operation(
    method="GET",
    path="/sessions",
    id="listSessions",
    summary="List sessions, newest first",
    description="Follow `next` for older ones.",
    allowance=Allowance.READS,
    body=Nothing,
    query=PageQuery,
    headers=Nothing,
    answers={200: Answer(description="A page of sessions.", model=SessionPage)},
    carry_out=page,
)
