"""Makes calls of what is due: which deliveries go together, by reply or by push, and which are not
sent now because a push would cost what is to be spared.

Works inside the courier's transactions; calls nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator_core.calls import Call, Packed, as_push, has_token, pack_push, pack_reply
from orchestrator_core.courier_settlement import (
    SENDING_FOR,
    alone_with,
    before_call,
    is_stale,
    unused,
)
from orchestrator_core.model import Binding, Delivery, DeliveryKind, DeliveryState
from orchestrator_core.ports import Records, Topic
from orchestrator_core.push_quota import PushQuota


@dataclass(slots=True)
class Taken:
    calls: list[Call] = field(default_factory=list)
    #: What was settled without a call.
    settled: list[Delivery] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    #: The courier's name.
    me: str
    quota: PushQuota

    async def take(self, records: Records, now: datetime, limit: int) -> Taken:
        heads = await records.deliveries.take(
            now, sender=self.me, until=now + SENDING_FOR, limit=limit
        )
        taken = Taken()
        if not heads:
            return taken
        beside = await records.deliveries.beside({one.chat_id for one in heads}, now)
        for head in heads:
            made = await self._make(records, head, beside.get(head.chat_id, ()), now)
            taken.calls += made.calls
            taken.settled += made.settled
        if taken.settled:
            # What follows in their chats is not looked at before the next round.
            records.wake(Topic.DELIVERIES)
        return taken

    async def judge_anew(self, records: Records, call: Call, now: datetime) -> Taken:
        """A call whose reply token was refused, or whose receivers are counted only now."""
        making = _Making(records, call.first, await self._binding(records, call.first), now)
        if all(part.kind is DeliveryKind.PROGRESS for part in call.parts):
            dropped = (unused(part, DeliveryState.DROPPED, now) for part in call.parts)
            await making.settle(*dropped)
        else:
            await self._admit(making, Packed(call=as_push(call.parts)))
        return making.taken

    async def _make(
        self, records: Records, head: Delivery, beside: Sequence[Delivery], now: datetime
    ) -> Taken:
        making = _Making(records, head, await self._binding(records, head), now)
        if head.packed_with is not None or head.pushed_at is not None:
            await self._make_again(making)
            return making.taken
        first = before_call(head, making.binding, now)
        if first.state is not DeliveryState.SENDING:
            await making.settle(first)
        elif reply := pack_reply(first, beside, now):
            await making.begin(reply)
        elif first.kind is DeliveryKind.PROGRESS:
            await making.settle(unused(first, DeliveryState.DROPPED, now))
        elif is_stale(first, now):
            await making.settle(unused(first, DeliveryState.INBOX, now))
        else:
            await self._admit(making, pack_push(first, beside, now))
        return making.taken

    async def _make_again(self, making: _Making) -> None:
        """What was made before is made as it was."""
        head, now = making.head, making.now
        if head.pushed_at is not None and head.packed_with not in {None, head.id}:
            # The first of its push is gone, and with it the key that it was pushed under.
            await making.settle(unused(head, DeliveryState.UNCONFIRMED, now))
            return
        others = []
        if head.packed_with == head.id:
            others = await making.records.deliveries.packed_with(head)
        parts = [before_call(making.begun(one), making.binding, now) for one in (head, *others)]
        packed = Packed(call=Call(parts=tuple(parts)))
        if parts[0].state is not DeliveryState.SENDING:
            await making.settle(*parts)
        elif has_token(parts[0], now):
            await making.begin(packed)
        else:
            await self._admit(making, packed)

    async def _admit(self, making: _Making, packed: Packed) -> None:
        records, binding, now = making.records, making.binding, making.now
        admitted = await self.quota.admit(records, packed.call, binding, now)
        if admitted is not None:
            await making.begin(replace(packed, call=admitted))
            return
        # Those that were only to go along stay as they are.
        packed_with = alone_with(packed.call.parts)
        for one in (*packed.call.parts, *packed.overtaken):
            if one.state is DeliveryState.SENDING:
                fate = await self.quota.fate(records, one.kind, binding, now)
                await making.settle(unused(one, fate, now, packed_with=packed_with))

    async def _binding(self, records: Records, head: Delivery) -> Binding | None:
        return await records.bindings.get(head.chat_id)


@dataclass(frozen=True, slots=True)
class _Making:
    """A call while it is made of its head."""

    records: Records
    head: Delivery
    binding: Binding | None
    now: datetime
    taken: Taken = field(default_factory=Taken)

    async def begin(self, packed: Packed) -> None:
        """Mark all of it SENDING, under the head's sender and for as long."""
        begun = [self.begun(one) for one in packed.call.parts]
        for one in begun:
            await self.records.deliveries.save(one)
        self.taken.calls.append(replace(packed.call, parts=tuple(begun)))
        dropped = (unused(one, DeliveryState.DROPPED, self.now) for one in packed.overtaken)
        await self.settle(*dropped)

    def begun(self, one: Delivery) -> Delivery:
        if one.state is DeliveryState.SENDING:
            return one
        return replace(
            one,
            state=DeliveryState.SENDING,
            sender=self.head.sender,
            sending_until=self.head.sending_until,
            attempts=one.attempts + 1,
        )

    async def settle(self, *settled: Delivery) -> None:
        for one in settled:
            await self.records.deliveries.save(one)
        self.taken.settled += settled
