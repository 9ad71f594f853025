"""`/schedules`: what is asked by the clock; one more, one less."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import id_meant, session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import BeforeId, Limit, cut
from bot.api.problems import ProblemError
from bot.api.views import Text
from commands.phrases import Phrase, read_phrase, zone_named
from orchestrator_core.model import Channel, NewSchedule, Schedule, ScheduleState, Session

ACTOR = Channel.API.value


class ScheduleView(BaseModel):
    """A prompt that is asked at one time, or again and again."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(examples=[3])
    session_id: str
    text: str = Field(description="The prompt.")
    when: str = Field(
        description="As it was written by whoever made it.", examples=["every weekday 9:00"]
    )
    cron: str | None = Field(
        description="The five fields that came of it; null: it comes once.",
        examples=["0 9 * * mon-fri"],
    )
    zone: str = Field(examples=["Asia/Tokyo"])
    state: ScheduleState = Field(
        description="`revoked`: whoever made it may not ask that session any more. `left`: its "
        "chat cannot be reached."
    )
    next_at: datetime | None = Field(description="Null unless it is active.")
    last_at: datetime | None = Field(description="When it last came due and was asked.")
    last_turn_id: int | None = Field(description="The turn that was made then.")
    skipped_at: datetime | None = Field(
        description="When it last came due while the one before was still unanswered."
    )
    person_id: str | None = Field(description="Whose it is; null: it was made over the API.")
    chat_id: str | None = Field(description="Where the answers go; null: nowhere on LINE.")
    created_at: datetime

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        return cls(
            id=schedule.id,
            session_id=schedule.session_id,
            text=schedule.prompt,
            when=schedule.said,
            cron=schedule.timing.cron,
            zone=schedule.timing.zone,
            state=schedule.state,
            next_at=schedule.next_at,
            last_at=schedule.last_at,
            last_turn_id=schedule.last_turn_id,
            skipped_at=schedule.skipped_at,
            person_id=schedule.person_id,
            chat_id=schedule.chat.id if schedule.chat else None,
            created_at=schedule.created_at,
        )


class SchedulePage(BaseModel):
    items: list[ScheduleView] = Field(description="Newest first.")
    next: str | None = Field(
        description="Where the older ones are; null: there are none.",
        examples=["/schedules?limit=20&before=41"],
    )


class ScheduleQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: Limit = 20
    before: BeforeId = Field(
        None, description="Only schedules with a lower id; `next` of a page has it."
    )


class ScheduleMade(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    session: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        description="Its id, at least four characters of its beginning, or its number.",
        examples=["3"],
    )
    when: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="As in the chat: `every weekday 9:00`, `in 2 hours`, `tomorrow 9:00`, "
        "`毎日9時`, or the five fields of cron.",
        examples=["every weekday 9:00"],
    )
    text: Text
    zone: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        description="Of the times; the configured `timezone` when left out.",
        examples=["UTC"],
    )


async def page(call: Call[Nothing, ScheduleQuery, Nothing]) -> Response:
    wanted = call.query
    async with call.state["store"].read() as records:
        found = await records.schedules.page(limit=wanted.limit + 1, before_id=wanted.before)
    newest_first, more = cut(found, wanted.limit)
    older = f"/schedules?limit={wanted.limit}&before={newest_first[-1].id}" if more else None
    items = [ScheduleView.of(schedule) for schedule in newest_first]
    return json_answer(SchedulePage(items=items, next=older))


async def make(call: Call[ScheduleMade, Nothing, Nothing]) -> Response:
    phrase = _read(call)
    async with call.state["store"].transaction() as records:
        try:
            session = await session_meant(records, call.body.session)
        except ProblemError as error:
            # What is not found is no path here, but something in the body.
            raise _wrong("session", error.detail) from None
        new = _new(call, phrase, session)
        added = await call.state["schedules"].add(records, new, actor=ACTOR)
    return json_answer(ScheduleView.of(added), 201)


async def delete(call: Call[Nothing, Nothing, Nothing]) -> Response:
    schedule_id = id_meant(call.request, "schedule")
    now = call.state["clock"].now()
    async with call.state["store"].transaction() as records:
        found = await records.schedules.lock(schedule_id)
        if found is None:
            raise ProblemError(kinds.NOT_FOUND, "No schedule has this id.")
        await call.state["schedules"].delete(records, found, actor=ACTOR, now=now)
    return json_answer(ScheduleView.of(found))


def _read(call: Call[ScheduleMade, Nothing, Nothing]) -> Phrase:
    """Raises ProblemError, and PersonError, which says what can be written."""
    wanted, desk = call.body, call.state["schedules"]
    zone = desk.zone if wanted.zone is None else zone_named(wanted.zone)
    if zone is None:
        raise _wrong("zone", "There is no time zone of this name.")
    phrase = read_phrase(wanted.when, now=call.state["clock"].now(), zone=zone)
    if phrase.prompt:
        raise _wrong("when", f"Only the beginning tells when: {phrase.said!r}.")
    return phrase


def _wrong(name: str, detail: str) -> ProblemError:
    errors = [{"detail": detail, "pointer": f"#/{name}"}]
    return ProblemError(kinds.INVALID, f"{name}: {detail}", errors=errors)


def _new(
    call: Call[ScheduleMade, Nothing, Nothing], phrase: Phrase, session: Session
) -> NewSchedule:
    return NewSchedule(
        session_id=session.id,
        prompt=call.body.text,
        said=phrase.said,
        timing=phrase.timing,
        created_at=call.state["clock"].now(),
        next_at=phrase.next_at,
    )


LIST = Operation(
    method="GET",
    path="/schedules",
    id="listSchedules",
    summary="List what is asked by the clock, newest first",
    description="Everybody's. Follow `next` for older ones. One that comes once is gone then.",
    allowance=Allowance.READS,
    body=Nothing,
    query=ScheduleQuery,
    headers=Nothing,
    answers={200: Answer(description="A page of schedules.", model=SchedulePage)},
    carry_out=page,
)

MAKE = Operation(
    method="POST",
    path="/schedules",
    id="makeSchedule",
    summary="Have a session asked later, or again and again",
    description="Each time is a prompt like any other. While the one before is unanswered the "
    "next is left out, and what was missed while Denrei was down is asked once. The answers "
    "appear among the session's messages and events.",
    allowance=Allowance.WRITES,
    body=ScheduleMade,
    query=Nothing,
    headers=Nothing,
    answers={201: Answer(description="Made.", model=ScheduleView)},
    carry_out=make,
)

DELETE = Operation(
    method="DELETE",
    path="/schedules/{schedule}",
    id="deleteSchedule",
    summary="Delete a schedule",
    description="Whosever it is. What it has asked already stays.",
    allowance=Allowance.WRITES,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="As it was.", model=ScheduleView)},
    carry_out=delete,
)
