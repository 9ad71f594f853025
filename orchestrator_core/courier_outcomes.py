"""Stores what came of the courier's calls: of those it saw the end of, of those that broke off,
and of those that a courier left that died. Calls nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.calls import Call
from orchestrator_core.courier_settlement import (
    Spread,
    after_crash,
    after_failure,
    after_success,
)
from orchestrator_core.errors import MessengerError, MessengerUnclearError, NotFoundError
from orchestrator_core.model import Delivery, DeliveryState
from orchestrator_core.ports import Clock, Records, Store, Topic
from orchestrator_core.push_quota import PushQuota

logger = logging.getLogger(__name__)

BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    #: The courier's name.
    me: str
    store: Store
    quota: PushQuota
    clock: Clock
    spread: Spread

    async def succeeded(self, call: Call, message_ids: Sequence[str] = ()) -> list[Delivery]:
        """The parts that were not known to be sent before."""
        now = self.clock.now()
        after = call.with_each(lambda part: after_success(part, now))
        async with self.store.transaction() as records:
            stored = [part for part in after.parts if await self._store_sent(records, part)]
            await _note_ids(records, after, message_ids)
            return stored

    async def failed(self, call: Call, error: MessengerError) -> list[Delivery]:
        """The parts that were still ours. What was not said has cost nothing."""
        now = self.clock.now()
        after = after_failure(call, error, now, self.spread)
        async with self.store.transaction() as records:
            stored = [
                part
                for part in after.parts
                if await records.deliveries.save_if_held(part, by=self.me)
            ]
            if stored and call.token is None:
                await self.quota.settle(records, call, error, now)
        return stored

    async def tidy(self, records: Records, of_ours: Iterable[int]) -> list[Delivery]:
        """Settle calls of ours that broke off, and of others whose time has passed."""
        now = self.clock.now()
        settled = []
        for delivery_id in of_ours:
            broken = await _find(records, delivery_id)
            if broken is not None and broken.sender == self.me:
                unclear = MessengerUnclearError("broke off")
                after = after_failure(Call(parts=(broken,)), unclear, now, self.spread)
                await records.deliveries.save(after.first)
                settled.append(after.first)
        return settled + await self.give_up_lost(records, now)

    async def give_up_lost(self, records: Records, now: datetime | None) -> list[Delivery]:
        """Those whose time has passed, `BATCH` at most; None: all that are being sent."""
        settled = [after_crash(one) for one in await records.deliveries.lost(now, BATCH)]
        for one in settled:
            await records.deliveries.save(one)
            records.wake(Topic.DELIVERIES)
        return settled

    async def _store_sent(self, records: Records, after: Delivery) -> bool:
        """False: it came too late, somebody else knows that it was sent."""
        if await records.deliveries.save_if_held(after, by=self.me):
            return True
        # What was accepted stays accepted, whatever others made of not knowing it. A push
        # they have under way has the same key, so it is the same message.
        current = await _find(records, after.id)
        if current is None or current.state in {DeliveryState.SENT, DeliveryState.RESENT}:
            return False
        await records.deliveries.save(after_success(current, self.clock.now()))
        logger.info("delivery settled late", extra={"delivery_id": after.id})
        return True


async def _note_ids(records: Records, call: Call, message_ids: Sequence[str]) -> None:
    """Of what told of a turn, for whoever quotes it. Also when it was known to be sent: whoever
    settled it had not heard the ids."""
    if len(message_ids) != len(call.messages):
        return
    left = iter(message_ids)
    for part in call.parts:
        ids = [next(left) for _ in part.messages]
        if part.turn_id is not None:
            await records.sent_messages.add(part.chat_id, part.turn_id, ids)


async def _find(records: Records, delivery_id: int) -> Delivery | None:
    """None: it has been deleted."""
    try:
        return await records.deliveries.lock(delivery_id)
    except NotFoundError:
        return None
