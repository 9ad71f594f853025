"""Turns that nobody carries out any more: taken over from dead workers, run again or told.

One that had not reached the model is queued again; one that had may have had effects and becomes
interrupted. What the dead worker left running of its Claude is ended first.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from orchestrator_core.cost_figures import Tally
from orchestrator_core.errors import LeaseLostError
from orchestrator_core.leases import LeaseKeeper
from orchestrator_core.model import Lease, Session, SessionState, Turn, TurnState
from orchestrator_core.ports import AgentLauncher, Metrics, Records, Store, Topic, pool_key
from orchestrator_core.turn_result import TurnCloser

logger = logging.getLogger(__name__)

#: A turn that ends its process every time is given up after this many runs.
MOST_RUNS = 3
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    lease: Lease
    #: False when it is known that the prompt never went out, whatever was noted before it.
    asked: bool = True
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    store: Store
    leases: LeaseKeeper
    launcher: AgentLauncher
    closer: TurnCloser
    metrics: Metrics
    #: What is ours to settle and could not be yet, by the turn's id.
    _owed: dict[int, _Owed] = field(init=False, default_factory=dict)

    async def settle_left(self, *, in_hand: Collection[str] = ()) -> None:
        """Settle the turns of this pool whose worker has let its lease run out; not those of
        the sessions that this worker has in hand."""
        async with self.store.transaction() as records:
            claim = self.leases.claim()
            left = await records.turns.take_over(claim, limit=BATCH, but=in_hand)
        for turn, session in left:
            logger.warning("turn taken over", extra={"turn_id": turn.id})
            if session.cli is not None:
                self.launcher.end_process(session.cli)
            if session.lease is not None:
                self._owed[turn.id] = self._anew(turn.id, session.lease)
        for turn_id in list(self._owed):
            await self._try(turn_id)

    async def put_back(self, turn: Turn, lease: Lease, *, counts: bool = True) -> None:
        """A turn of ours whose prompt has not gone out: now, or with the next look.

        `counts`: as a run, of which there are only so many.
        """
        self._owed[turn.id] = _Owed(lease=lease, asked=False, counts=counts)
        await self._try(turn.id)

    def _anew(self, turn_id: int, lease: Lease) -> _Owed:
        """What was known of it is still so where nobody else had it in between."""
        known = self._owed.get(turn_id)
        if known is not None and lease.fence == known.lease.fence + 1:
            return replace(known, lease=lease)
        return _Owed(lease=lease)

    async def _try(self, turn_id: int) -> None:
        try:
            await self._settle(turn_id, self._owed[turn_id])
        except LeaseLostError:
            logger.warning("lease lost", extra={"turn_id": turn_id})
        except Exception:
            logger.exception("turn not settled yet", extra={"turn_id": turn_id})
            return
        del self._owed[turn_id]

    async def _settle(self, turn_id: int, owed: _Owed) -> None:
        lease, tally = owed.lease, Tally()
        async with self.store.transaction() as records:
            turn, session = await records.leases.hold_turn(lease, turn_id)
            if turn.state is not TurnState.RUNNING:
                # An earlier try was stored after all, only its commit was not heard of.
                return
            reached = turn.reached_model and owed.asked
            if not owed.counts:
                turn = replace(turn, runs=turn.runs - 1)
            if turn.stop_requested or reached or turn.runs >= MOST_RUNS:
                state = await self.closer.close_left(records, turn, lease, tally)
            else:
                state = await _queue_again(records, session, turn)
            await records.leases.release(lease)
            # Whoever is free may go on with the session.
            records.wake(Topic.TURNS, pool_key(session.pool))
        tally.tell(self.metrics)
        if state is not TurnState.QUEUED:
            self.metrics.count("turns", state=state)


async def _queue_again(records: Records, session: Session, turn: Turn) -> TurnState:
    """It had not reached the model, so running it again repeats nothing."""
    if session.state is SessionState.RUNNING:
        await records.sessions.save(replace(session, state=SessionState.IDLE))
    state = TurnState.WITHDRAWN if turn.is_taken_back else TurnState.QUEUED
    await records.turns.save(replace(turn, state=state, reached_model=False))
    return state
