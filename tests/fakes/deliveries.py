"""What goes out, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import (
    OPEN_TURN_STATES,
    Delivery,
    DeliveryState,
    NewDelivery,
    ReplyToken,
)
from tests.fakes.state import FakeTable, as_json, aware, found, next_id, save_fields

#: What a save takes over; the rest stays as it was added.
_DELIVERY_CHANGES = (
    *("reply_token", "state", "attempts", "pushed_at", "due_at", "sent_at", "last_error"),
    *("sender", "sending_until", "offered_at", "packed_with", "charged"),
)


class FakeDeliveries(FakeTable):
    async def add(self, delivery: NewDelivery) -> Delivery:
        aware(delivery.created_at)
        stored = Delivery(
            id=next_id(self.state.deliveries),
            chat_id=delivery.chat_id,
            messages=tuple(as_json(message) for message in delivery.messages),
            retry_key=delivery.retry_key,
            created_at=delivery.created_at,
            reply_token=delivery.reply_token,
            turn_id=delivery.turn_id,
            state=DeliveryState.PENDING,
            due_at=delivery.created_at,
            kind=delivery.kind,
        )
        self.state.deliveries[stored.id] = stored
        return stored

    async def post(self, delivery: NewDelivery) -> None:
        await self.add(delivery)

    async def has_work(self, now: datetime) -> bool:
        return bool(self._ready(now) or self._overdue(now))

    async def take(
        self, now: datetime, *, sender: str, until: datetime, limit: int
    ) -> list[Delivery]:
        aware(now, until)
        taken = [
            replace(
                one,
                state=DeliveryState.SENDING,
                sender=sender,
                sending_until=until,
                attempts=one.attempts + 1,
            )
            for one in self._ready(now)[:limit]
        ]
        self.state.deliveries.update({one.id: one for one in taken})
        return taken

    async def lost(self, now: datetime | None, limit: int) -> list[Delivery]:
        return self._overdue(now)[:limit]

    async def lock(self, delivery_id: int) -> Delivery:
        return found(self.state.deliveries, delivery_id)

    async def save(self, delivery: Delivery) -> None:
        aware(delivery.due_at, delivery.sent_at, delivery.sending_until, delivery.offered_at)
        save_fields(self.state.deliveries, delivery.id, delivery, *_DELIVERY_CHANGES)

    async def save_if_held(self, delivery: Delivery, *, by: str) -> bool:
        current = self.state.deliveries.get(delivery.id)
        if current is None or current.state is not DeliveryState.SENDING:
            return False
        if (current.sender, current.attempts) != (by, delivery.attempts):
            return False
        await self.save(delivery)
        return True

    async def drop(self, chat_id: str, *, why: str) -> int:
        kept = (DeliveryState.HELD, DeliveryState.INBOX)
        states = (DeliveryState.PENDING, DeliveryState.SENDING, *kept)
        unsent = [one for one in self._in_order(*states) if one.chat_id == chat_id]
        for one in unsent:
            dead = replace(one, state=DeliveryState.DEAD, last_error=why, reply_token=None)
            await self.save(replace(dead, sender=None, sending_until=None))
        return len(unsent)

    async def release_held(self, now: datetime) -> int:
        held = [one for one in self._in_order(DeliveryState.HELD) if one.due_at <= now]
        for one in held:
            await self.save(replace(one, state=DeliveryState.PENDING))
        return len(held)

    async def beside(self, chat_ids: Collection[str], now: datetime) -> dict[str, list[Delivery]]:
        states = (DeliveryState.PENDING, DeliveryState.INBOX, DeliveryState.HELD)
        found = defaultdict(list)
        for one in (one for state in states for one in self._in_order(state)):
            is_due = one.state is not DeliveryState.PENDING or one.due_at <= now
            is_free = one.pushed_at is None and one.packed_with is None
            if one.chat_id in chat_ids and is_due and is_free:
                found[one.chat_id].append(one)
        return dict(found)

    async def packed_with(self, first: Delivery) -> list[Delivery]:
        pending = [one for one in self._in_order(DeliveryState.PENDING) if one.id != first.id]
        return [one for one in pending if one.packed_with == first.id]

    async def kept(self, chat_id: str, *, limit: int) -> list[Delivery]:
        mail = self._in_order(DeliveryState.INBOX, DeliveryState.HELD)
        return [one for one in mail if one.chat_id == chat_id and is_kept(one)][:limit]

    async def let_go(self, chat_id: str, now: datetime) -> int:
        kept = [one for one in self._in_order(DeliveryState.INBOX) if one.chat_id == chat_id]
        for one in kept:
            await self.save(replace(one, state=DeliveryState.PENDING, due_at=now))
        return len(kept)

    async def is_promised(self, chat_id: str, token: ReplyToken) -> bool:
        mail = self._in_order(DeliveryState.PENDING, DeliveryState.SENDING)
        turns = [one for one in self.state.turns.values() if one.state in OPEN_TURN_STATES]
        here = [one.reply_token for one in mail if one.chat_id == chat_id]
        here += [one.reply_token for one in turns if one.chat and one.chat.id == chat_id]
        return token.value in {one.value for one in here if one is not None}

    async def waiting(
        self, now: datetime, *, after_id: int, limit: int
    ) -> list[tuple[int, datetime]]:
        pending = [one for one in self._in_order(DeliveryState.PENDING) if one.id > after_id]
        return [(one.id, one.due_at) for one in pending if one.due_at > now][:limit]

    async def offer(self, chat_id: str, now: datetime) -> list[Delivery]:
        fresh = [one for one in self._unconfirmed(chat_id) if one.offered_at is None]
        for one in fresh:
            await self.save(replace(one, offered_at=now))
        return [replace(one, offered_at=now) for one in fresh]

    async def offered(self, chat_id: str, offered_at: datetime) -> list[Delivery]:
        return [one for one in self._unconfirmed(chat_id) if one.offered_at == offered_at]

    async def by_key(self, retry_key: str) -> Delivery | None:
        keys = {one.retry_key: one for one in self.state.deliveries.values()}
        return keys.get(retry_key)

    async def count(self, state: DeliveryState) -> int:
        return len(self._in_order(state))

    async def page(
        self, states: Sequence[DeliveryState], *, limit: int, before_id: int | None = None
    ) -> list[Delivery]:
        newest_first = reversed(self._in_order(*states))
        return [one for one in newest_first if before_id is None or one.id < before_id][:limit]

    def _ready(self, now: datetime) -> list[Delivery]:
        busy = {one.chat_id for one in self._in_order(DeliveryState.SENDING)}
        first: dict[str, Delivery] = {}
        for one in self._in_order(DeliveryState.PENDING):
            first.setdefault(one.chat_id, one)
        heads = [one for one in first.values() if one.chat_id not in busy]
        return [one for one in heads if one.due_at <= now]

    def _overdue(self, now: datetime | None) -> list[Delivery]:
        sending = self._in_order(DeliveryState.SENDING)
        if now is None:
            return sending
        return [one for one in sending if not one.sending_until or one.sending_until <= now]

    def _unconfirmed(self, chat_id: str) -> list[Delivery]:
        mail = self._in_order(DeliveryState.UNCONFIRMED)
        return [one for one in mail if one.chat_id == chat_id]

    def _in_order(self, *states: DeliveryState) -> list[Delivery]:
        mail = sorted(self.state.deliveries.values(), key=lambda delivery: delivery.id)
        return [delivery for delivery in mail if delivery.state in states]


def is_kept(one: Delivery) -> bool:
    return one.state in {DeliveryState.INBOX, DeliveryState.HELD} and one.pushed_at is None


def is_unoffered(one: Delivery) -> bool:
    return one.state is DeliveryState.UNCONFIRMED and one.offered_at is None
