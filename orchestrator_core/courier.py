"""Sends what is in the outbox: per chat in order, by reply while that is free, else by push.

A delivery is marked SENDING before the call goes out. After a crash in between, a push is
simply made again under its retry key; a reply has none, so its fate stays unknown.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestrator_core.ending import goes_on
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
    ReplyTokenRefusedError,
)
from orchestrator_core.model import Delivery, DeliveryState
from orchestrator_core.ports import (
    Clock,
    Messenger,
    Metrics,
    RetryBuffer,
    Store,
    Topic,
    Wakeups,
)

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
BATCH = 100
LONGEST_PAUSE = timedelta(minutes=5)
QUOTA_PAUSE = timedelta(hours=1)
#: After this a message is no longer news: it becomes a dead letter, kept and shown.
GIVE_UP_AFTER = timedelta(days=3)
#: The platform remembers a retry key for a day. Later a push that may have been accepted would
#: be said twice.
KEY_REMEMBERED = timedelta(hours=23)


def with_jitter(pause: timedelta) -> timedelta:
    """Half to all of it, so that many messages do not come back in one instant."""
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not secrecy


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    store: Store
    wakeups: Wakeups
    retries: RetryBuffer
    messenger: Messenger
    clock: Clock
    metrics: Metrics
    spread: Callable[[timedelta], timedelta] = with_jitter
    _under_way: dict[str, asyncio.Task[None]] = field(init=False, default_factory=dict)

    async def recover(self) -> None:
        """At start: settle what a dead process left in the middle of a call."""
        unconfirmed = 0
        async with self.store.transaction() as records:
            while left := await records.deliveries.in_states([DeliveryState.SENDING], BATCH):
                for delivery in left:
                    after = _after_crash(delivery)
                    await records.deliveries.save(after)
                    unconfirmed += after.state is DeliveryState.UNCONFIRMED
        for _ in range(unconfirmed):
            self.metrics.count("deliveries", outcome=DeliveryState.UNCONFIRMED, method="reply")
        await self.sweep()

    async def sweep(self) -> None:
        """Rebuild the retry buffer from the database, and let held messages try again."""
        now = self.clock.now()
        async with self.store.transaction() as records:
            waiting = await records.deliveries.in_states([DeliveryState.PENDING], BATCH)
            for delivery in await records.deliveries.in_states([DeliveryState.HELD], BATCH):
                if delivery.due_at <= now:
                    await records.deliveries.save(replace(delivery, state=DeliveryState.PENDING))
                    records.wake(Topic.DELIVERIES)
        for delivery in waiting:
            if delivery.due_at > now:
                await self.retries.put(delivery.id, delivery.due_at)

    async def run(self) -> None:
        """Until cancelled; then what is due is sent and the calls under way are finished."""
        try:
            async with self.wakeups.bell(Topic.DELIVERIES) as bell:
                while goes_on():
                    try:
                        await self.send_due()
                    except Exception:
                        logger.exception("outbox unreadable for now")
                    await bell.wait(await self._pause())
        finally:
            await self.settle()
            tried = set[int]()
            while begun := await self.send_due() - tried:
                tried |= begun
                await self.settle()

    async def send_due(self) -> set[int]:
        """Begin one call for every chat that has something due and none under way.

        Returns the ids of the deliveries begun.
        """
        now = self.clock.now()
        await self.retries.drop_due(now)
        async with self.store.read() as records:
            heads = await records.deliveries.heads(now, BATCH)
        free = [head for head in heads if head.chat_id not in self._under_way]
        for head in free:
            task = asyncio.create_task(self._send_chat(head), name=f"courier:{head.id}")
            self._under_way[head.chat_id] = task
        return {head.id for head in free}

    async def settle(self) -> None:
        """Wait until no call is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _pause(self) -> float:
        next_retry = await self.retries.seconds_to_next(self.clock.now())
        return min(SWEEP_SECONDS, next_retry) if next_retry else SWEEP_SECONDS

    async def _send_chat(self, head: Delivery) -> None:
        try:
            await self._send(head.id)
        except Exception:
            # No ring: while nothing can be stored, that would wake this loop again at once.
            logger.exception("delivery not settled", extra={"delivery_id": head.id})
        else:
            self.wakeups.ring(Topic.DELIVERIES)
        finally:
            del self._under_way[head.chat_id]

    async def _send(self, delivery_id: int) -> None:
        delivery = await self._mark_sending(delivery_id)
        if delivery is None:
            return
        token = delivery.reply_token
        if delivery.state is not DeliveryState.SENDING:
            await self._count(delivery, "reply" if token else "push")
            return
        if token is not None:
            reply = self.messenger.reply(token.value, delivery.messages)
            if await self._attempt(delivery, "reply", reply):
                return
            # A definite no, so nothing was sent: a push cannot say it twice. Noted first, so
            # that after a crash during the push it is known to have been one.
            delivery = replace(delivery, reply_token=None)
            await self._save(delivery)
        push = self.messenger.push(
            delivery.chat_id, delivery.messages, retry_key=delivery.retry_key
        )
        await self._attempt(delivery, "push", push)

    async def _attempt(self, delivery: Delivery, method: str, call: Awaitable[None]) -> bool:
        """Make the call and store what came of it. False: the reply token was refused."""
        try:
            await call
        except ReplyTokenRefusedError:
            return False
        except MessengerError as error:
            why = type(error).__name__
            logger.warning(
                "delivery failed",
                extra={"delivery_id": delivery.id, "method": method, "why": why},
            )
            after = self._after_failure(delivery, error)
        else:
            now = self.clock.now()
            after = replace(delivery, state=DeliveryState.SENT, sent_at=now, last_error=None)
        await self._save(after)
        await self._count(after, method)
        return True

    async def _count(self, settled: Delivery, method: str) -> None:
        """What came of a call, once it is stored."""
        self.metrics.count("deliveries", outcome=settled.state, method=method)
        if settled.state is DeliveryState.PENDING:
            await self.retries.put(settled.id, settled.due_at)

    async def _mark_sending(self, delivery_id: int) -> Delivery | None:
        """SENDING: make the call. Another state: settled without one. None: not to be sent."""
        now = self.clock.now()
        async with self.store.transaction() as records:
            delivery = await records.deliveries.lock(delivery_id)
            if delivery.state is DeliveryState.SENDING:
                # A call of ours that broke off: nobody else makes one for this chat.
                broken = self._after_failure(delivery, MessengerUnclearError("broke off"))
                await records.deliveries.save(broken)
                return broken
            if delivery.state is not DeliveryState.PENDING:
                return None
            token = delivery.reply_token
            if token is not None and token.expires_at <= now:
                token = None
            marked = replace(
                delivery,
                state=DeliveryState.SENDING,
                reply_token=token,
                attempts=delivery.attempts + 1,
            )
            if token is None and _key_forgotten(marked, now):
                marked = replace(marked, state=DeliveryState.UNCONFIRMED)
            await records.deliveries.save(marked)
        return marked

    def _after_failure(self, delivery: Delivery, error: MessengerError) -> Delivery:
        now = self.clock.now()
        state, pause = self._consequence(delivery, error, now)
        pushed = isinstance(error, MessengerUnclearError) and delivery.reply_token is None
        return replace(
            delivery,
            state=state,
            pushed_at=delivery.pushed_at or (now if pushed else None),
            due_at=now + pause,
            last_error=type(error).__name__,
        )

    def _consequence(
        self, delivery: Delivery, error: MessengerError, now: datetime
    ) -> tuple[DeliveryState, timedelta]:
        match error:
            case MessageRefusedError():
                return DeliveryState.DEAD, timedelta(0)
            case QuotaUsedUpError():
                return DeliveryState.HELD, QUOTA_PAUSE
            case MessengerUnclearError() if delivery.reply_token is not None:
                return DeliveryState.UNCONFIRMED, timedelta(0)
            case MessengerBusyError() | MessengerUnclearError() if (
                now - delivery.created_at < GIVE_UP_AFTER
            ):
                doubled = timedelta(seconds=2 ** min(delivery.attempts - 1, 10))
                return DeliveryState.PENDING, self.spread(min(doubled, LONGEST_PAUSE))
            case _:
                return DeliveryState.DEAD, timedelta(0)

    async def _save(self, delivery: Delivery) -> None:
        async with self.store.transaction() as records:
            await records.deliveries.save(delivery)


def _after_crash(delivery: Delivery) -> Delivery:
    """What a call became that nobody saw the end of."""
    if delivery.reply_token is not None:
        return replace(delivery, state=DeliveryState.UNCONFIRMED)
    # When it was made is not known, but not before this.
    pushed_at = delivery.pushed_at or delivery.created_at
    return replace(delivery, state=DeliveryState.PENDING, pushed_at=pushed_at)


def _key_forgotten(delivery: Delivery, now: datetime) -> bool:
    return delivery.pushed_at is not None and now - delivery.pushed_at >= KEY_REMEMBERED
