"""`/quota`: what is left of LINE's monthly pushes, and what waits because of it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.operation import Answer, Call, Nothing, Operation
from orchestrator_core.model import DeliveryState, QuotaCount, QuotaMode
from orchestrator_core.quota import QuotaRules


class QuotaView(BaseModel):
    month: str = Field(examples=["2026-11"])
    limit: int | None = Field(description="Null: there is none, or LINE was never asked.")
    used: int = Field(description="As LINE told last, and what was pushed since.")
    left: int | None
    reserve: int = Field(description="Of what is left, kept for approvals and alerts.")
    told_at: datetime | None = Field(description="When LINE told last; null: not this month.")
    mode: QuotaMode = Field(
        description="Of chats that have chosen none. `push`: late answers are pushed; `frugal`: "
        "they wait to be fetched; `auto`: pushed while there is plenty."
    )
    inbox: int = Field(description="Deliveries that wait to be fetched.")
    held: int = Field(description="Deliveries that wait for quota, or to be fetched.")

    @classmethod
    def of(cls, count: QuotaCount, rules: QuotaRules, *, inbox: int, held: int) -> Self:
        return cls(
            month=count.month,
            limit=count.limit,
            used=count.used,
            left=count.left,
            reserve=rules.reserve(count),
            told_at=count.told_at,
            mode=rules.mode,
            inbox=inbox,
            held=held,
        )


async def show(call: Call[Nothing, Nothing, Nothing]) -> Response:
    rules = call.state["quota"]
    async with call.state["store"].read() as records:
        count = await records.quotas.get(rules.month(call.state["clock"].now()))
        inbox = await records.deliveries.count(DeliveryState.INBOX)
        held = await records.deliveries.count(DeliveryState.HELD)
    return json_answer(QuotaView.of(count, rules, inbox=inbox, held=held))


SHOW = Operation(
    method="GET",
    path="/quota",
    id="showQuota",
    summary="Show what is left of LINE's monthly pushes",
    description="Replies are free and not counted. A push to a group counts for each member.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="As it is known now.", model=QuotaView)},
    carry_out=show,
)
