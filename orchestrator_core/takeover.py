"""Turns that nobody carries out any more: taken over from dead workers, run again or told.

One that had not reached the model is queued again; one that had may have had effects and becomes
interrupted. What the dead worker left running of its Claude is ended first.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from orchestrator_core.leases import LeaseKeeper
from orchestrator_core.model import Lease, Session, SessionState, Turn, TurnState
from orchestrator_core.ports import AgentLauncher, Metrics, Records, Store, Topic, pool_key
from orchestrator_core.turn_result import TurnCloser

logger = logging.getLogger(__name__)

#: A turn that ends its process every time is given up after this many runs.
MOST_RUNS = 3
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    store: Store
    leases: LeaseKeeper
    launcher: AgentLauncher
    closer: TurnCloser
    metrics: Metrics

    async def settle_left(self) -> None:
        """Settle the turns of this pool whose worker has let its lease run out."""
        async with self.store.transaction() as records:
            left = await records.turns.take_over(self.leases.claim(), limit=BATCH)
        for turn, session in left:
            logger.warning("turn taken over", extra={"turn_id": turn.id})
            if session.cli is not None:
                self.launcher.end_process(session.cli)
            if session.lease is not None:
                await self.settle(turn.id, session.lease)

    async def settle(self, turn_id: int, lease: Lease) -> None:
        """Of a turn whose session we hold. Raises LeaseLostError."""
        async with self.store.transaction() as records:
            session = await records.leases.hold(lease)
            turn = await records.turns.lock(turn_id)
            if turn.stop_requested or turn.reached_model or turn.runs >= MOST_RUNS:
                state = await self.closer.close_left(records, turn, lease)
            else:
                state = await _queue_again(records, session, turn)
            await records.leases.release(lease)
            # Whoever is free may go on with the session.
            records.wake(Topic.TURNS, pool_key(session.pool))
        if state is not TurnState.QUEUED:
            self.metrics.count("turns", state=state)


async def _queue_again(records: Records, session: Session, turn: Turn) -> TurnState:
    """It had not reached the model, so running it again repeats nothing."""
    if session.state is SessionState.RUNNING:
        await records.sessions.save(replace(session, state=SessionState.IDLE))
    state = TurnState.WITHDRAWN if turn.is_taken_back else TurnState.QUEUED
    await records.turns.save(replace(turn, state=state))
    return state
