"""Deliveries put in and sent: what tests of the courier share."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import Delivery, DeliveryState, NewDelivery, ReplyToken
from tests.core import Core


async def put(
    core: Core, text: str = "hi", *, chat: str = "U1", reply_token: ReplyToken | None = None
) -> Delivery:
    async with core.store.transaction() as records:
        return await records.deliveries.add(
            NewDelivery(
                chat_id=chat,
                messages=({"type": "text", "text": text},),
                retry_key=f"key of {text}",
                created_at=core.clock.now(),
                reply_token=reply_token,
            )
        )


async def send(core: Core) -> None:
    """One round of everything that is due."""
    courier = core.courier()
    await courier.send_due()
    await courier.settle()


async def mark(core: Core, delivery: Delivery, state: DeliveryState) -> None:
    async with core.store.transaction() as records:
        await records.deliveries.save(replace(delivery, state=state))


async def state_of(core: Core, delivery: Delivery) -> DeliveryState:
    [found] = [one for one in await core.deliveries() if one.id == delivery.id]
    return found.state


def sent_texts(core: Core) -> list[str]:
    return [message["text"] for message in core.messenger.messages()]
