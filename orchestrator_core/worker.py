"""Carries out turns: claims them, runs several at a time, stops and drains.

One loop claims when rung, one renews the leases, one looks for what others left. Everything
written for a session is refused by the database once somebody else has claimed it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta

from orchestrator_core.agents import AgentBook
from orchestrator_core.budgets import Budgets, Hold
from orchestrator_core.ending import goes_on
from orchestrator_core.errors import AgentRefusedError, PersonError
from orchestrator_core.model import Lease, Session, Turn
from orchestrator_core.ports import AgentProfile, Claimed, Topic, Wakeups, pool_key
from orchestrator_core.run_outcome import Ending, RunResult
from orchestrator_core.takeover import TakeOver
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools, TurnRun

logger = logging.getLogger(__name__)

#: A lost wake-up delays a turn by this much at most.
SWEEP_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    tools: RunTools
    closer: TurnCloser
    takeover: TakeOver
    agents: AgentBook
    budget: Budgets
    wakeups: Wakeups
    most_at_once: int
    #: How long a shutdown waits for turns to end by themselves.
    drain_for: timedelta
    #: How long after that an interrupted turn may take to wind up and be stored.
    wind_up_for: timedelta = timedelta(seconds=30)
    #: By session and fence: a turn that was lost and claimed again is two runs for a moment.
    _runs: dict[tuple[str, int], TurnRun] = field(init=False, default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    @property
    def runs(self) -> list[TurnRun]:
        """The turns in hand."""
        return list(self._runs.values())

    async def recover(self, *, alone: bool) -> None:
        """At start: settle what dead workers left running.

        `alone`: there can be no other worker, so every lease is a dead one's. Else they are
        waited for until they run out.
        """
        if alone:
            async with self.tools.store.transaction() as records:
                await records.leases.break_all(self.tools.clock.now())
        # The first heartbeat too, before there is a Claude.
        await self.look_after_leases()
        await self.settle_left()

    async def run(self) -> None:
        """Until cancelled; then the turns in hand are drained and the leases given back."""
        besides = [
            asyncio.create_task(self._watch_stops(), name="stops"),
            asyncio.create_task(self._keep_leases(), name="leases"),
            asyncio.create_task(self._look_around(), name="left"),
        ]
        me, pool = self.tools.leases.me, pool_key(self.tools.leases.pool)
        try:
            async with (
                self.wakeups.bell(Topic.TURNS, me) as own,
                self.wakeups.bell(Topic.TURNS, me, pool) as any_of_pool,
            ):
                while goes_on():
                    try:
                        await self.start_ready()
                    except Exception:
                        logger.exception("turns unreadable for now")
                    # With all hands full, the pool's rings are for somebody else.
                    full = len(self._runs) >= self.most_at_once
                    await (own if full else any_of_pool).wait(SWEEP_SECONDS)
        finally:
            await self._drain()
            # Before the leases go: nobody may resume a session that ours still writes to.
            await self.tools.clients.close_all()
            for task in besides:
                task.cancel()
            await asyncio.wait(besides)
            await self._give_back()

    async def start_ready(self) -> None:
        """Begin queued turns until none is ready or the cap is reached."""
        # After a pause: what was ours may come again, and must not meet its old self.
        await self.drop_overdue()
        if self.tools.leases.is_late:
            await self.look_after_leases()
        while (free := self.most_at_once - len(self._runs)) > 0:
            claimed = await self._claim(free)
            for turn, session in claimed:
                self._start(turn, session)
            if len(claimed) < free:
                break
        self.tools.metrics.sessions_active(len(self._runs))

    async def settle(self) -> None:
        """Wait until no turn is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def look_after_leases(self) -> None:
        """One look: what ran out unnoticed is dropped first of all, the rest renewed."""
        await self.drop_overdue()
        running = {run.session.id for run in self._runs.values()}
        lost = await self.tools.leases.renew(running | self.tools.clients.sessions)
        await self._drop(lost)

    async def drop_overdue(self) -> None:
        """After a pause of this process, or a sleep of its machine."""
        await self._drop(self.tools.leases.drop_overdue())

    async def settle_left(self) -> None:
        """Turns that nobody has in hand any more, and we have not either."""
        await self.takeover.settle_left(in_hand={run.session.id for run in self._runs.values()})

    async def make_way(self) -> None:
        """With all hands full: let others have the idle sessions that wait only for us."""
        if len(self._runs) < self.most_at_once:
            return
        waited_for = await self.tools.leases.waited_for()
        await asyncio.gather(*[self._let_go(lease) for lease in waited_for])

    async def _let_go(self, lease: Lease) -> None:
        await self.tools.clients.retire(lease.session_id)
        # A turn that was begun here meanwhile has a lease of its own.
        await self.tools.leases.release(lease)

    def _start(self, turn: Turn, session: Session) -> None:
        lease = _lease_of(session)
        profile = self._profile_of(session)
        run = TurnRun(turn=turn, session=session, lease=lease, profile=profile, tools=self.tools)
        self._runs[lease.session_id, lease.fence] = run
        task = asyncio.create_task(self._carry_out(run), name=f"turn:{turn.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _profile_of(self, session: Session) -> AgentProfile | None:
        """None: configured when the session began, and no longer."""
        try:
            profile = self.agents.pick(session.agent)
        except PersonError:
            return None
        return replace(profile, model=session.model or profile.model, mode=session.mode)

    async def _claim(self, limit: int) -> list[Claimed]:
        hold = await self._hold()
        if hold.everything:
            return []
        claim = self.tools.leases.claim()
        async with self.tools.store.transaction() as records:
            claimed = await records.turns.claim(claim, limit=limit, but=hold.sessions)
        for _, session in claimed:
            self.tools.leases.took(_lease_of(session))
        return claimed

    async def _hold(self) -> Hold:
        """In a transaction of its own: where the books cannot be read, work goes on."""
        if not self.budget.every:
            return Hold()
        try:
            async with self.tools.store.read() as records:
                return await self.budget.hold(records, self.tools.clock.now())
        except Exception:
            logger.exception("budgets unreadable for now")
        if self.tools.metering is not None:
            await self.tools.metering.tell_of_failure()
        return Hold()

    async def _carry_out(self, run: TurnRun) -> None:
        try:
            await self._close(run, await run.execute())
        except Exception:
            logger.exception("turn failed", extra={"turn_id": run.turn.id})
            if run.asked:
                await self.closer.close_failed(run.turn, run.lease)
            else:
                # The database was away, say: nothing has happened yet.
                await self.takeover.put_back(run.turn, run.lease)
        finally:
            del self._runs[run.lease.session_id, run.lease.fence]
            # Its session's next turn, and whatever waited for a free hand.
            self.wakeups.ring(Topic.TURNS, self.tools.leases.me)

    async def _close(self, run: TurnRun, result: RunResult) -> None:
        if result.ending is Ending.LOST:
            logger.warning("lease lost", extra={"turn_id": run.turn.id})
            await self.closer.book_late(run.turn, result)
        elif result.ending is Ending.DRAINED and not result.asked:
            await self.takeover.put_back(run.turn, run.lease, counts=False)
        elif _has_died(result) and self.tools.leases.was_behind(run.lease):
            # Its warden ended it, as we could not renew: not Claude's failure.
            await self._close_cut_off(run, result)
        else:
            await self.closer.close(run.turn, run.lease, result)

    async def _close_cut_off(self, run: TurnRun, result: RunResult) -> None:
        if result.asked:
            cut_off = replace(result, ending=Ending.CUT_OFF)
            await self.closer.close(run.turn, run.lease, cut_off)
        else:
            await self.takeover.put_back(run.turn, run.lease)

    async def _drop(self, sessions: Collection[str]) -> None:
        """Somebody else may work on them by now: end ours before anything else."""
        for run in self.runs:
            if run.session.id in sessions:
                run.end(Ending.LOST)
        for session_id in sessions:
            logger.warning("session lost", extra={"session_id": session_id})
        await asyncio.gather(*[self.tools.clients.kill(session_id) for session_id in sessions])

    async def _keep_leases(self) -> None:
        loop = asyncio.get_running_loop()
        every = self.tools.leases.renew_every.total_seconds()
        pause = min(SWEEP_SECONDS, every / 2)
        due = loop.time() + every
        while goes_on():
            await asyncio.sleep(pause)
            try:
                await self.drop_overdue()
                if loop.time() >= due - pause or self.tools.leases.has_run_out:
                    await self.look_after_leases()
                    due = loop.time() + every
            except Exception:
                logger.exception("leases unreadable for now")

    async def _look_around(self) -> None:
        """Beside the renewals, which nothing may hold up."""
        while goes_on():
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.settle_left()
                await self.make_way()
            except Exception:
                logger.exception("turns left unreadable for now")

    async def _watch_stops(self) -> None:
        async with self.wakeups.bell(Topic.STOPS) as bell:
            while goes_on():
                await bell.wait(SWEEP_SECONDS)
                if not self._runs:
                    continue
                try:
                    await self._pass_on_stops()
                except Exception:
                    logger.exception("stops unreadable for now")

    async def _pass_on_stops(self) -> None:
        async with self.tools.store.read() as records:
            running = await records.turns.running()
        stopped = {turn.id for turn in running if turn.stop_requested}
        for run in self.runs:
            if run.turn.id in stopped:
                run.end(Ending.STOPPED)

    async def _drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.drain_for.total_seconds())
        for run in self.runs:
            run.end(Ending.DRAINED)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.wind_up_for.total_seconds())
        # What cannot be stored even now, on a full disk say, whoever takes over settles.
        for task in self._tasks:
            task.cancel()
        await self.settle()

    async def _give_back(self) -> None:
        """Others need not wait for the leases to run out."""
        try:
            await self.tools.leases.release_all()
        except Exception:
            logger.exception("leases not given back")


def _has_died(result: RunResult) -> bool:
    return result.error is not None and not isinstance(result.error, AgentRefusedError)


def _lease_of(session: Session) -> Lease:
    if session.lease is None:
        raise RuntimeError("a claimed session has a lease")
    return session.lease
