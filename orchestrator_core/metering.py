"""What a run may spend and does spend, while it is under way. Never in the way of the work: where
the books fail, it goes on uncounted and the owners are told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orchestrator_core.agent_events import CallSeen, Counted
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
            await self.tell_of_failure()
            return None
        if left is not None and left <= 0:
            raise AgentRefusedError("budget")
        return left

    async def note(self, session: Session, turn: Turn, event: Counted) -> bool:
        """Whether the run must end with this call, since what it spends from is used up.

        What Claude Code itself was told to keep to is what was left when the run began. Others
        have spent since then, so this is looked at after each call: when a budget is used up,
        each run that spends it ends with the call it is at.
        """
        try:
            now = self.clock.now()
            tally = await self.books.note(run_of(turn), event, now)
            tally.tell(self.metrics)
            if not self.alarm.budget.every:
                # A transaction for nothing, with each call of the model.
                return False
            async with self.store.transaction() as records:
                used_up = await self.alarm.check(records, now, Spender.of(session, turn))
            for level in used_up:
                if level.budget.at_limit is AtLimit.STOP:
                    await self._stop(level, now)
        except Exception:
            logger.exception("metering failed", extra={"turn_id": turn.id})
            await self.tell_of_failure()
            return False
        goes_on = isinstance(event, CallSeen) and event.goes_on
        return goes_on and any(one.budget.at_limit is not AtLimit.NOTIFY for one in used_up)

    async def _stop(self, level: Level, now: datetime) -> None:
        """Interrupt everything that spends this money."""
        async with self.store.transaction() as records:
            # By id: whoever locks several turns does so in this order.
            for turn in sorted(await records.turns.running(), key=lambda one: one.id):
                if not turn.stop_requested and await _spends(records, turn, level, now):
                    running = await records.turns.lock(turn.id)
                    await records.turns.save(replace(running, stop_requested=True))
                    records.wake(Topic.STOPS)

    async def tell_of_failure(self) -> None:
        """To the owners, once a day. Never raises."""
        self.metrics.count("metering_failures")
        await self.alarm.tell_of_failure(self.store, self.clock.now())


async def _spends(records: Records, turn: Turn, level: Level, now: datetime) -> bool:
    session = await records.sessions.get(turn.session_id)
    if session is None:
        return False
    return level.budget.window(now, Spender.of(session, turn)) == level.window
