"""Deliveries put in and sent: what tests of the courier share."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import (
    Binding,
    Delivery,
    DeliveryKind,
    DeliveryState,
    NewDelivery,
    QuotaCount,
    QuotaMode,
    ReplyToken,
)
from tests.core import Core


async def put(
    core: Core,
    text: str = "hi",
    *,
    chat: str = "U1",
    reply_token: ReplyToken | None = None,
    kind: DeliveryKind = DeliveryKind.ANSWER,
    turn_id: int | None = None,
) -> Delivery:
    async with core.store.transaction() as records:
        return await records.deliveries.add(
            NewDelivery(
                chat_id=chat,
                messages=({"type": "text", "text": text},),
                retry_key=f"key of {text}",
                created_at=core.clock.now(),
                reply_token=reply_token,
                kind=kind,
                turn_id=turn_id,
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


async def choose(core: Core, mode: QuotaMode, chat: str = "U1") -> None:
    """What the chat's quota is spent on."""
    async with core.store.transaction() as records:
        binding = await records.bindings.get(chat) or Binding(chat_id=chat)
        await records.bindings.save(replace(binding, quota=mode))


async def know_quota(core: Core, *, limit: int | None, used: int = 0) -> None:
    """The channel told it."""
    async with core.store.transaction() as records:
        count = await records.quotas.lock(core.quota_rules.month(core.clock.now()))
        await records.quotas.save(replace(count, limit=limit, told=used, told_at=core.clock.now()))


async def quota_of(core: Core) -> QuotaCount:
    async with core.store.read() as records:
        return await records.quotas.get(core.quota_rules.month(core.clock.now()))
