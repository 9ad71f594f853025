"""Carries out turns: claims them, runs several at a time, stops and drains."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta

from orchestrator_core.agents import AgentBook
from orchestrator_core.budget import DailyBudget
from orchestrator_core.ending import goes_on
from orchestrator_core.errors import AgentRefusedError, PersonError
from orchestrator_core.model import Session, SessionState, Turn, TurnState
from orchestrator_core.ports import Records, Topic, Wakeups
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import Ending, RunResult, RunTools, TurnRun

logger = logging.getLogger(__name__)

#: A lost wake-up delays a turn by this much at most.
SWEEP_SECONDS = 1.0
#: A turn that ends its process every time is given up after this many runs.
MOST_RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    tools: RunTools
    closer: TurnCloser
    agents: AgentBook
    budget: DailyBudget
    wakeups: Wakeups
    most_at_once: int
    #: How long a shutdown waits for turns to end by themselves.
    drain_for: timedelta
    #: How long after that an interrupted turn may take to wind up and be stored.
    wind_up_for: timedelta = timedelta(seconds=30)
    _runs: dict[int, TurnRun] = field(init=False, default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    @property
    def runs(self) -> list[TurnRun]:
        """The turns in hand."""
        return list(self._runs.values())

    async def recover(self) -> None:
        """At start: settle the turns that a dead process left running."""
        async with self.tools.store.transaction() as records:
            left = await records.turns.running()
            states = [await self._settle_left(records, turn) for turn in left]
            records.wake(Topic.TURNS)
        self._count_ended(states)

    async def run(self) -> None:
        """Until cancelled; then the turns in hand are drained."""
        stops = asyncio.create_task(self._watch_stops(), name="stops")
        try:
            async with self.wakeups.bell(Topic.TURNS) as bell:
                while goes_on():
                    try:
                        await self.start_ready()
                        await self._count_active()
                    except Exception:
                        logger.exception("turns unreadable for now")
                    await bell.wait(SWEEP_SECONDS)
        finally:
            await self._drain()
            stops.cancel()
            await asyncio.wait([stops])

    async def start_ready(self) -> None:
        """Begin queued turns until none is ready or the cap is reached."""
        while len(self._runs) < self.most_at_once:
            claimed = await self._claim()
            if claimed is None:
                return
            turn, session = claimed
            try:
                profile = self.agents.pick(session.agent)
            except PersonError:
                # Configured when the session began, and no longer.
                gone = RunResult(error=AgentRefusedError("no_agent"))
                await self.closer.close(turn, gone)
                continue
            run = TurnRun(turn=turn, session=session, profile=profile, tools=self.tools)
            self._runs[turn.id] = run
            task = asyncio.create_task(self._carry_out(run), name=f"turn:{turn.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until no turn is in hand."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _claim(self) -> tuple[Turn, Session] | None:
        now = self.tools.clock.now()
        async with self.tools.store.transaction() as records:
            if await self.budget.used_up(records, now):
                return None
            turn = await records.turns.claim(now)
            if turn is None:
                return None
            session = await records.sessions.lock(turn.session_id)
        return turn, session

    async def _count_active(self) -> None:
        async with self.tools.store.read() as records:
            self.tools.metrics.sessions_active(await records.sessions.count_running())

    async def _carry_out(self, run: TurnRun) -> None:
        try:
            result = await run.execute()
            if result.ending is Ending.DRAINED and not result.asked:
                async with self.tools.store.transaction() as records:
                    await records.sessions.lock(run.session.id)
                    turn = await records.turns.lock(run.turn.id)
                    state = await self._settle_left(records, turn)
                self._count_ended([state])
            else:
                await self.closer.close(run.turn, result)
        except Exception:
            logger.exception("turn failed", extra={"turn_id": run.turn.id})
            await self.closer.close_failed(run.turn)
        finally:
            del self._runs[run.turn.id]
            self.wakeups.ring(Topic.TURNS)

    async def _settle_left(self, records: Records, turn: Turn) -> TurnState:
        """Of a turn that nobody carries out any more. Returns the state it is in now."""
        if turn.stop_requested or turn.reached_model or turn.runs >= MOST_RUNS:
            return await self.closer.close_left(records, turn)
        await _requeue(records, turn)
        return TurnState.QUEUED

    def _count_ended(self, states: list[TurnState]) -> None:
        for state in states:
            if state is not TurnState.QUEUED:
                self.tools.metrics.count("turns", state=state)

    async def _watch_stops(self) -> None:
        async with self.wakeups.bell(Topic.STOPS) as bell:
            while True:
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
        for turn in running:
            run = self._runs.get(turn.id)
            if run is not None and turn.stop_requested:
                run.end(Ending.STOPPED)

    async def _drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.drain_for.total_seconds())
        for run in self._runs.values():
            run.end(Ending.DRAINED)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.wind_up_for.total_seconds())
        # What cannot be stored even now, on a full disk say, the next start settles.
        for task in self._tasks:
            task.cancel()
        await self.settle()


async def _requeue(records: Records, turn: Turn) -> None:
    """It had not reached the model, so running it again repeats nothing."""
    session = await records.sessions.lock(turn.session_id)
    if session.state is SessionState.RUNNING:
        await records.sessions.save(replace(session, state=SessionState.IDLE))
    await records.turns.save(replace(turn, state=TurnState.QUEUED))
