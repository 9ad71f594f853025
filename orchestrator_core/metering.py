"""What a run may spend and does spend, while it is under way. Never in the way of the work: where
the books fail, it goes on uncounted and the owners are told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orchestrator_core.agent_events import Counted
from orchestrator_core.books import Books, run_of
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import AtLimit, Level, Spender
from orchestrator_core.errors import AgentRefusedError
from orchestrator_core.model import Session, Turn
from orchestrator_core.ports import Clock, Metrics, Records, Store, Topic

logger = logging.getLogger(__name__)

#: Why Claude Code ends a turn that has spent what it may.
EXHAUSTED = "budget_exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering:
    store: Store
    books: Books
    alarm: BudgetAlarm
    clock: Clock
    metrics: Metrics

    async def left(self, session: Session, turn: Turn) -> Decimal | None:
        """What the turn may cost; None: as much as it takes, or nobody can tell.

        Raises AgentRefusedError when nothing is left: others were quicker.
        """
        try:
            async with self.store.read() as records:
                spender = Spender.of(session, turn)
                left = await self.alarm.budget.left(records, self.clock.now(), spender)
        except Exception:
            logger.exception("metering failed", extra={"turn_id": turn.id})
            await self._tell_of_failure(turn)
            return None
        if left is not None and left <= 0:
            raise AgentRefusedError("budget")
        return left

    async def note(self, session: Session, turn: Turn, event: Counted) -> None:
        try:
            now = self.clock.now()
            await self.books.note(run_of(turn), event, now)
            if not self.alarm.budget.every:
                # A transaction for nothing, with each call of the model.
                return
            async with self.store.transaction() as records:
                used_up = await self.alarm.check(records, now, Spender.of(session, turn))
            for level in used_up:
                if level.budget.at_limit is AtLimit.STOP:
                    await self._stop(level, now)
        except Exception:
            logger.exception("metering failed", extra={"turn_id": turn.id})
            await self._tell_of_failure(turn)

    async def _stop(self, level: Level, now: datetime) -> None:
        """Interrupt everything that spends this money."""
        async with self.store.transaction() as records:
            # By id: whoever locks several turns does so in this order.
            for turn in sorted(await records.turns.running(), key=lambda one: one.id):
                if not turn.stop_requested and await _spends(records, turn, level, now):
                    running = await records.turns.lock(turn.id)
                    await records.turns.save(replace(running, stop_requested=True))
                    records.wake(Topic.STOPS)

    async def _tell_of_failure(self, turn: Turn) -> None:
        self.metrics.count("metering_failures")
        try:
            async with self.store.transaction() as records:
                await self.alarm.tell_metering_fails(records, self.clock.now())
        except Exception:
            logger.exception("metering failure not told", extra={"turn_id": turn.id})


async def _spends(records: Records, turn: Turn, level: Level, now: datetime) -> bool:
    session = await records.sessions.get(turn.session_id)
    if session is None:
        return False
    return level.budget.window(now, Spender.of(session, turn)) == level.window
