"""Sends what is in the outbox: per chat in order, by reply while that is free, else by push.

Any number of couriers share one outbox. Each marks what it takes SENDING, with its name and a
time, before the call goes out. What is still so after that time was left by a courier that died,
and whoever comes by settles it: a push is simply made again under its retry key; a reply has
none, so its fate stays unknown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field, replace

from orchestrator_core.courier_settlement import (
    SENDING_FOR,
    Spread,
    after_crash,
    after_failure,
    after_success,
    before_call,
    with_jitter,
)
from orchestrator_core.ending import goes_on
from orchestrator_core.errors import (
    MessengerError,
    MessengerUnclearError,
    NotFoundError,
    ReplyTokenRefusedError,
)
from orchestrator_core.model import Delivery, DeliveryState
from orchestrator_core.ports import (
    Clock,
    Messenger,
    Metrics,
    Records,
    RetryBuffer,
    Store,
    Topic,
    Wakeups,
)

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
BATCH = 100
#: Calls under way, of this courier.
MOST_AT_ONCE = 100
#: How long calls are begun at the end. Other processes may put in more for ever.
END_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    #: The worker's id: no other courier has it, and none has had it before.
    me: str
    store: Store
    wakeups: Wakeups
    retries: RetryBuffer
    messenger: Messenger
    clock: Clock
    metrics: Metrics
    spread: Spread = with_jitter
    end_within: float = END_SECONDS
    #: By the delivery's id.
    _under_way: dict[int, asyncio.Task[None]] = field(init=False, default_factory=dict)
    #: What came of these calls of ours could not be stored.
    _broken: set[int] = field(init=False, default_factory=set)
    _beginning: set[asyncio.Task[list[Delivery]]] = field(init=False, default_factory=set)

    async def recover(self, *, alone: bool) -> None:
        """At start: settle what dead processes left in the middle of a call.

        `alone`: no other process has this database, so every call under way was a dead one's.
        Otherwise only those whose time has passed; the rest are settled when theirs has.
        """
        now = None if alone else self.clock.now()
        while True:
            async with self.store.transaction() as records:
                lost = await records.deliveries.lost(now, BATCH)
                settled = [await _give_up_call(records, one) for one in lost]
            await self._count(settled)
            if len(lost) < BATCH:
                break
        await self.sweep()

    async def sweep(self) -> None:
        """Rebuild the retry buffer from the database, and let held messages try again."""
        now = self.clock.now()
        async with self.store.transaction() as records:
            if await records.deliveries.release_held(now):
                records.wake(Topic.DELIVERIES)
        after_id, more = 0, True
        while more:
            async with self.store.read() as records:
                page = await records.deliveries.waiting(now, after_id=after_id, limit=BATCH)
            for after_id, due_at in page:
                await self.retries.put(after_id, due_at)
            more = len(page) == BATCH

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
            await self._finish()

    async def send_due(self) -> set[int]:
        """Begin one call for every chat that has something due and none under way.

        Returns the ids of the deliveries begun.
        """
        return {one.id for one in await self._begin()}

    async def _begin(self) -> list[Delivery]:
        # Shielded: what is marked as being sent must be sent, or a reply's fate is unknown.
        begin = asyncio.create_task(self._begin_due(), name="courier")
        self._beginning.add(begin)
        begin.add_done_callback(self._beginning.discard)
        return await asyncio.shield(begin)

    async def settle(self) -> None:
        """Wait until no call is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _begin_due(self) -> list[Delivery]:
        now = self.clock.now()
        await self.retries.drop_due(now)
        if len(self._under_way) >= MOST_AT_ONCE:
            return []
        async with self.store.read() as records:
            if not self._broken and not await records.deliveries.has_work(now):
                return []
        broken, begun = frozenset(self._broken), list[Delivery]()
        async with self.store.transaction() as records:
            settled = await self._tidy(records, broken)
            for one in await self._take(records):
                (begun if one.state is DeliveryState.SENDING else settled).append(one)
        self._broken.difference_update(broken)
        for one in begun:
            task = asyncio.create_task(self._send_out(one), name=f"courier:{one.id}")
            self._under_way[one.id] = task
        await self._count(settled)
        return begun

    async def _finish(self) -> None:
        await asyncio.gather(*self._beginning, return_exceptions=True)
        await self.settle()
        try:
            await self._send_what_is_left()
        except Exception:
            # Nothing is lost: it is all in the database, for whoever comes next.
            logger.exception("outbox unreadable at the end")
            await self.settle()

    async def _send_what_is_left(self) -> None:
        """Try once all that was put in before the end; of what others put in later, little."""
        ended_at, loop = self.clock.now(), asyncio.get_running_loop()
        give_up_at = loop.time() + self.end_within
        tried = set[int]()
        while begun := [one for one in await self._begin() if one.id not in tried]:
            tried |= {one.id for one in begun}
            await self.settle()
            if loop.time() >= give_up_at or all(one.created_at > ended_at for one in begun):
                break

    async def _pause(self) -> float:
        next_retry = await self.retries.seconds_to_next(self.clock.now())
        return SWEEP_SECONDS if next_retry is None else min(SWEEP_SECONDS, next_retry)

    async def _tidy(self, records: Records, of_ours: Iterable[int]) -> list[Delivery]:
        """Settle calls of ours that broke off, and of others whose time has passed."""
        now = self.clock.now()
        settled = []
        for delivery_id in of_ours:
            broken = await _find(records, delivery_id)
            if broken is not None and broken.sender == self.me:
                unclear = MessengerUnclearError("broke off")
                settled.append(after_failure(broken, unclear, now, self.spread))
                await records.deliveries.save(settled[-1])
        lost = await records.deliveries.lost(now, BATCH)
        return settled + [await _give_up_call(records, one) for one in lost]

    async def _take(self, records: Records) -> list[Delivery]:
        """SENDING: make the call. Another state: settled without one."""
        now = self.clock.now()
        taken = await records.deliveries.take(
            now,
            sender=self.me,
            until=now + SENDING_FOR,
            limit=MOST_AT_ONCE - len(self._under_way),
        )
        ready = []
        for delivery in taken:
            binding = await records.bindings.get(delivery.chat_id)
            ready.append(before_call(delivery, binding, now))
            if ready[-1] != delivery:
                await records.deliveries.save(ready[-1])
        return ready

    async def _send_out(self, delivery: Delivery) -> None:
        try:
            await self._send(delivery)
        except Exception:
            # No ring: while nothing can be stored, that would wake this loop again at once.
            logger.exception("delivery not settled", extra={"delivery_id": delivery.id})
            self._broken.add(delivery.id)
        else:
            self.wakeups.ring(Topic.DELIVERIES)
        finally:
            del self._under_way[delivery.id]

    async def _send(self, delivery: Delivery) -> None:
        until = delivery.sending_until
        if until is not None and until <= self.clock.now():
            # Slept past it (a paused process, a closed lid): it is for others to settle.
            return
        token = delivery.reply_token
        if token is not None:
            reply = self.messenger.reply(token.value, delivery.messages)
            if await self._attempt(delivery, "reply", reply):
                return
            # A definite no, so nothing was sent: a push cannot say it twice. Noted first, so
            # that after a crash during the push it is known to have been one.
            until = self.clock.now() + SENDING_FOR
            delivery = replace(delivery, reply_token=None, sending_until=until)
            async with self.store.transaction() as records:
                if not await records.deliveries.save_if_held(delivery, by=self.me):
                    return
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
            after = after_failure(delivery, error, self.clock.now(), self.spread)
        else:
            after = after_success(delivery, self.clock.now())
        if await self._store_outcome(after):
            await self._count([after], method)
        return True

    async def _store_outcome(self, after: Delivery) -> bool:
        """False: it came too late, somebody else has settled this call."""
        async with self.store.transaction() as records:
            if await records.deliveries.save_if_held(after, by=self.me):
                return True
            if after.state is not DeliveryState.SENT:
                return False
            # What was accepted stays accepted, whatever others made of not knowing it. A push
            # they have under way has the same key, so it is the same message.
            current = await _find(records, after.id)
            if current is None or current.state in {DeliveryState.SENT, DeliveryState.RESENT}:
                return False
            await records.deliveries.save(after_success(current, self.clock.now()))
        logger.info("delivery settled late", extra={"delivery_id": after.id})
        return True

    async def _count(self, settled: list[Delivery], method: str | None = None) -> None:
        """What came of calls, once it is stored."""
        for one in settled:
            by = method or ("reply" if one.reply_token else "push")
            self.metrics.count("deliveries", outcome=one.state, method=by)
            if one.state is DeliveryState.PENDING:
                await self.retries.put(one.id, one.due_at)


async def _give_up_call(records: Records, lost: Delivery) -> Delivery:
    after = after_crash(lost)
    await records.deliveries.save(after)
    records.wake(Topic.DELIVERIES)
    return after


async def _find(records: Records, delivery_id: int) -> Delivery | None:
    """None: it has been deleted."""
    try:
        return await records.deliveries.lock(delivery_id)
    except NotFoundError:
        return None
