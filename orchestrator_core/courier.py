"""Sends what is in the outbox: per chat in order, by reply while that is free, else by push.

Any number of couriers share one outbox. Each marks what it takes SENDING, with its name and a
time, before the call goes out. What is still so after that time was left by a courier that died,
and whoever comes by settles it: a push is simply made again under its retry key; a reply has
none, so its fate stays unknown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field

from orchestrator_core.calls import Call
from orchestrator_core.courier_outcomes import BATCH, Outcomes
from orchestrator_core.courier_settlement import SENDING_FOR, Spread, put_back, with_jitter
from orchestrator_core.courier_taking import Taker
from orchestrator_core.ending import goes_on
from orchestrator_core.errors import MessengerError, ReplyTokenRefusedError
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
from orchestrator_core.push_quota import PushQuota

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
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
    quota: PushQuota
    spread: Spread = with_jitter
    end_within: float = END_SECONDS
    #: By the id of the call's first delivery.
    _under_way: dict[int, asyncio.Task[None]] = field(init=False, default_factory=dict)
    #: What came of these calls of ours could not be stored.
    _broken: set[int] = field(init=False, default_factory=set)
    _beginning: set[asyncio.Task[list[Call]]] = field(init=False, default_factory=set)

    async def recover(self, *, alone: bool) -> None:
        """At start: settle what dead processes left in the middle of a call.

        `alone`: no other process has this database, so every call under way was a dead one's.
        Otherwise only those whose time has passed; the rest are settled when theirs has.
        """
        now = None if alone else self.clock.now()
        while True:
            async with self.store.transaction() as records:
                settled = await self._outcomes.give_up_lost(records, now)
            await self._count(settled)
            if len(settled) < BATCH:
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
        return {part.id for call in await self._begin() for part in call.parts}

    async def _begin(self) -> list[Call]:
        # Shielded: what is marked as being sent must be sent, or a reply's fate is unknown.
        begin = asyncio.create_task(self._begin_due(), name="courier")
        self._beginning.add(begin)
        begin.add_done_callback(self._beginning.discard)
        return await asyncio.shield(begin)

    async def settle(self) -> None:
        """Wait until no call is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _begin_due(self) -> list[Call]:
        now = self.clock.now()
        await self.retries.drop_due(now)
        if len(self._under_way) >= MOST_AT_ONCE:
            return []
        async with self.store.read() as records:
            if not self._broken and not await records.deliveries.has_work(now):
                return []
        broken = frozenset(self._broken)
        async with self.store.transaction() as records:
            settled = await self._outcomes.tidy(records, broken)
            room = MOST_AT_ONCE - len(self._under_way)
            taken = await self._taker.take(records, self.clock.now(), room)
        self._broken.difference_update(broken)
        for call in taken.calls:
            task = asyncio.create_task(self._send_out(call), name=f"courier:{call.first.id}")
            self._under_way[call.first.id] = task
        await self._count([*settled, *taken.settled])
        return taken.calls

    @property
    def _taker(self) -> Taker:
        return Taker(me=self.me, quota=self.quota)

    @property
    def _outcomes(self) -> Outcomes:
        return Outcomes(
            me=self.me,
            store=self.store,
            quota=self.quota,
            clock=self.clock,
            spread=self.spread,
        )

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
        while calls := await self._begin():
            begun = [part for call in calls for part in call.parts if part.id not in tried]
            tried |= {one.id for one in begun}
            await self.settle()
            if loop.time() >= give_up_at or all(one.created_at > ended_at for one in begun):
                break

    async def _pause(self) -> float:
        next_retry = await self.retries.seconds_to_next(self.clock.now())
        return SWEEP_SECONDS if next_retry is None else min(SWEEP_SECONDS, next_retry)

    async def _send_out(self, call: Call) -> None:
        try:
            await self._send(call)
        except Exception:
            # No ring: while nothing can be stored, that would wake this loop again at once.
            logger.exception("delivery not settled", extra={"delivery_id": call.first.id})
            self._broken.update(part.id for part in call.parts)
        else:
            self.wakeups.ring(Topic.DELIVERIES)
        finally:
            del self._under_way[call.first.id]

    async def _send(self, call: Call) -> None:
        until = call.first.sending_until
        if until is not None and until <= self.clock.now():
            # Slept past it (a paused process, a closed lid): it is for others to settle.
            return
        push: Call | None = call
        if call.token is not None:
            reply = self.messenger.reply(call.token.value, call.messages)
            if await self._attempt(call, "reply", reply):
                return
            # A definite no, so nothing was sent: a push cannot say it twice. Noted first, so
            # that after a crash during the push it is known to have been one.
            push = await self._judged_anew(call)
        if push is not None and not push.is_admitted:
            await self.quota.count_receivers(push.first.chat_id)
            push = await self._judged_anew(push)
        if push is not None:
            await self._push(push)

    async def _push(self, call: Call) -> None:
        first = call.first
        push = self.messenger.push(first.chat_id, call.messages, retry_key=first.retry_key)
        await self._attempt(call, "push", push)

    async def _judged_anew(self, call: Call) -> Call | None:
        """What was refused as a reply or not counted yet, as a push; None: there is to be none,
        or it is no longer ours."""
        now = self.clock.now()
        async with self.store.transaction() as records:
            held = call.with_each(lambda part: put_back(part, until=now + SENDING_FOR))
            for part in held.parts:
                if not await records.deliveries.save_if_held(part, by=self.me):
                    return None
            taken = await self._taker.judge_anew(records, held, now)
            if taken.settled:
                records.wake(Topic.DELIVERIES)
        await self._count(taken.settled)
        return next(iter(taken.calls), None)

    async def _attempt(self, call: Call, method: str, made: Awaitable[tuple[str, ...]]) -> bool:
        """Make the call and store what came of it. False: the reply token was refused."""
        try:
            message_ids = await made
        except ReplyTokenRefusedError:
            return False
        except MessengerError as error:
            why = type(error).__name__
            logger.warning(
                "delivery failed",
                extra={"delivery_id": call.first.id, "method": method, "why": why},
            )
            stored = await self._outcomes.failed(call, error)
        else:
            stored = await self._outcomes.succeeded(call, message_ids)
        await self._count(stored, method)
        return True

    async def _count(self, settled: list[Delivery], method: str | None = None) -> None:
        """What came of calls, once it is stored."""
        for one in settled:
            by = method or ("reply" if one.reply_token else "push")
            self.metrics.count("deliveries", outcome=one.state, method=by)
            if one.state is DeliveryState.PENDING:
                await self.retries.put(one.id, one.due_at)
