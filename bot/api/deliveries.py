"""`/deliveries`: what has not gone out, and sending it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.lookup import id_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import BeforeId, Limit, cut
from bot.line.previews import LENGTH, preview
from orchestrator_core.model import Delivery, DeliveryState
from orchestrator_core.resending import resend

#: Who did it, in the audit.
ACTOR = "api"

Listed = Literal["dead", "unconfirmed", "held", "inbox", "pending"]


class DeliveryQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: Annotated[
        Listed,
        Field(
            description="`dead`: given up; kept until it is sent again. `unconfirmed`: a reply "
            "that may not have arrived; the person was or will be asked. `held`: waits for "
            "LINE's quota, or to be fetched. `inbox`: waits to be fetched. `pending`: goes out by "
            "itself."
        ),
    ]
    limit: Limit = 20
    before: BeforeId = Field(
        None, description="Only deliveries with a lower id; `next` of a page has it."
    )


class DeliveryView(BaseModel):
    """One call to LINE, of up to five messages."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(examples=[57])
    chat_id: str = Field(description="Where it goes.")
    turn_id: int | None = Field(description="The turn it is about; null: it is about none.")
    state: DeliveryState
    preview: str = Field(
        description=f"The beginning of what it says, at most {LENGTH} characters. The rest, its "
        "buttons and their signed data are not shown; a turn's whole answer is among its "
        "session's messages."
    )
    attempts: int = Field(description="How often a courier took it.")
    last_error: str | None = Field(
        description="Why it did not go; `left`: nobody is in the chat any more.",
        examples=["MessageRefusedError"],
    )
    created_at: datetime
    due_at: datetime = Field(description="Not tried before this time.")
    offered_at: datetime | None = Field(
        description="When the person was asked whether to send an unconfirmed one again."
    )

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            id=delivery.id,
            chat_id=delivery.chat_id,
            turn_id=delivery.turn_id,
            state=delivery.state,
            preview=preview(delivery.messages),
            attempts=delivery.attempts,
            last_error=delivery.last_error,
            created_at=delivery.created_at,
            due_at=delivery.due_at,
            offered_at=delivery.offered_at,
        )


class DeliveryPage(BaseModel):
    items: list[DeliveryView] = Field(description="Newest first.")
    next: str | None = Field(
        description="Where the older ones are; null: there are none.",
        examples=["/deliveries?state=dead&limit=20&before=41"],
    )


async def page(call: Call[Nothing, DeliveryQuery, Nothing]) -> Response:
    wanted = call.query
    async with call.state["store"].read() as records:
        found = await records.deliveries.page(
            [DeliveryState(wanted.state)], limit=wanted.limit + 1, before_id=wanted.before
        )
    shown, more = cut(found, wanted.limit)
    items = [DeliveryView.of(delivery) for delivery in shown]
    if not more:
        return json_answer(DeliveryPage(items=items, next=None))
    place = f"state={wanted.state}&limit={wanted.limit}&before={shown[-1].id}"
    return json_answer(DeliveryPage(items=items, next=f"/deliveries?{place}"))


async def send_again(call: Call[Nothing, Nothing, Nothing]) -> Response:
    delivery_id = id_meant(call.request, "delivery")
    async with call.state["store"].transaction() as records:
        again = await resend(records, delivery_id, actor=ACTOR, now=call.state["clock"].now())
    return json_answer(DeliveryView.of(again.delivery), 202 if again.is_new else 200)


PAGE = Operation(
    method="GET",
    path="/deliveries",
    id="listDeliveries",
    summary="List what has not gone out, newest first",
    description="Whoever holds the admin token may see it: sessions show the same texts. Follow "
    "`next` for older ones.",
    allowance=Allowance.READS,
    body=Nothing,
    query=DeliveryQuery,
    headers=Nothing,
    answers={200: Answer(description="A page of deliveries.", model=DeliveryPage)},
    carry_out=page,
)

RESEND = Operation(
    method="POST",
    path="/deliveries/{delivery}/resend",
    id="resendDelivery",
    summary="Send a dead or unconfirmed delivery again",
    description="It becomes `resent`, and a new delivery with the same messages goes out. A "
    "second call makes no second one. What LINE refused it will refuse again; an unconfirmed "
    "one may arrive twice.",
    allowance=Allowance.WRITES,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={
        202: Answer(description="The new delivery; it will be sent.", model=DeliveryView),
        200: Answer(
            description="It was sent again before: the delivery made then.", model=DeliveryView
        ),
    },
    carry_out=send_again,
)
