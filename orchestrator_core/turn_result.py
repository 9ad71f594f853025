"""Closes a turn: state, answer, cost, budget check and message in one transaction.

Turns that end at about the same time share it, and with it the wait for the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.books import entry_of, run_of
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import Spender
from orchestrator_core.claude_costs import UNKNOWN_MODEL
from orchestrator_core.closing import (
    INTERRUPTED,
    STOPPED,
    Closing,
    answer_message,
    closing_of,
    conversation_is_gone,
)
from orchestrator_core.errors import LeaseLostError
from orchestrator_core.interrupted import interrupted_card
from orchestrator_core.messages import Message
from orchestrator_core.model import (
    Language,
    Lease,
    MessageRole,
    ModelCost,
    Role,
    Session,
    SessionMessage,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Addressee, Claimed, Clock, Metrics, Records, Store, Topic
from orchestrator_core.texts import texts_in
from orchestrator_core.together import Together
from orchestrator_core.turn_run import RunResult, last_line

logger = logging.getLogger(__name__)

#: While the database takes nothing (a full disk), a result waits and is tried again.
LONGEST_PAUSE_SECONDS = 30.0
#: Whoever wants to write to one of their sessions waits for all of them.
MOST_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class _Ended:
    """A turn whose run is over."""

    turn: Turn
    lease: Lease
    closing: Closing
    result: RunResult

    def at_the_chat(self) -> tuple[str, str] | None:
        """Who asked, and in which chat; nobody, when the turn came by the API."""
        origin = self.turn.origin
        return (origin.person_id, origin.chat.id) if origin else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCloser:
    store: Store
    outbox: Outbox
    approvals: ApprovalDesk
    alarm: BudgetAlarm
    clock: Clock
    metrics: Metrics
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _together: Together[_Ended, bool] = field(init=False)

    def __post_init__(self) -> None:
        together = Together(self._close_some, most=MOST_AT_ONCE, name="closings")
        object.__setattr__(self, "_together", together)

    async def close(self, turn: Turn, lease: Lease, result: RunResult) -> None:
        """Nothing is said when the lease was lost: whoever has it now settles the turn."""
        await self._close_surely(_Ended(turn, lease, closing_of(result), result))

    async def close_failed(self, turn: Turn, lease: Lease) -> None:
        """For a fault of our own."""
        closing = Closing(state=TurnState.FAILED, key="turn.failed.unavailable")
        await self._close_surely(_Ended(turn, lease, closing, RunResult()))

    async def close_left(self, records: Records, turn: Turn, lease: Lease) -> TurnState:
        """For a turn a dead worker left running; the caller counts it after the commit."""
        closing = STOPPED if turn.stop_requested else INTERRUPTED
        await self._close_alone(records, _Ended(turn, lease, closing, RunResult()))
        return closing.state

    async def _close_surely(self, ended: _Ended) -> None:
        """Until it is stored: an answer that was paid for must not be lost to a full disk."""
        turn, wait = ended.turn, 1.0
        stored = await self._together.ask(ended)
        while not stored:
            try:
                async with self.store.transaction() as records:
                    await self._close_alone(records, ended)
            except LeaseLostError:
                logger.warning("late result dropped", extra={"turn_id": turn.id})
                await self.book_late(turn, ended.result)
                return
            except (ValueError, LookupError):
                # The words themselves are the trouble, so trying again cannot help.
                logger.exception("answer not tellable", extra={"turn_id": turn.id})
                closing = Closing(state=TurnState.FAILED, key="turn.failed.error")
                ended = replace(ended, closing=closing)
                await self.pause(wait)
            except Exception:
                logger.exception("result not stored yet", extra={"turn_id": turn.id})
                await self.pause(wait)
                wait = min(wait * 2, LONGEST_PAUSE_SECONDS)
            else:
                stored = True
        self._count(ended)

    async def _close_some(self, those: Sequence[_Ended]) -> list[bool]:
        """Which of them are stored. The others are lost, of a session that somebody is just
        writing to, or one of them cannot be: alone each is told why."""
        try:
            async with self.store.transaction() as records:
                held = await records.leases.hold_some({one.turn.id: one.lease for one in those})
                await self._close_held(
                    records, held, [one for one in those if one.turn.id in held]
                )
        except Exception:
            logger.exception("results not stored together")
            return [False] * len(those)
        return [one.turn.id in held for one in those]

    def _count(self, ended: _Ended) -> None:
        self.metrics.count("turns", state=ended.closing.state)
        finished = ended.result.finished
        if finished:
            latency = self.clock.now() - ended.turn.created_at
            self.metrics.prompt_latency(latency.total_seconds() * 1000)
            whole = ModelCost(model=UNKNOWN_MODEL, usd=finished.cost_usd)
            for part in finished.by_model or (whole,):
                self.metrics.cost(part.usd, model=part.model)

    async def book_late(self, turn: Turn, result: RunResult) -> None:
        """The turn is somebody else's now, but what this run of it cost was spent."""
        try:
            async with self.store.transaction() as records:
                session = await records.sessions.lock(turn.session_id)
                now = self.clock.now()
                if result.finished:
                    grown = await records.costs.settle(entry_of(turn, result.finished, now))
                else:
                    grown = await records.costs.close(run_of(turn))
                await self.alarm.check(records, now, Spender.of(session, turn))
                if grown:
                    cost = session.cost_usd + grown
                    await records.sessions.save(replace(session, cost_usd=cost))
        except Exception:
            logger.exception("late cost not booked", extra={"turn_id": turn.id})

    async def _close_alone(self, records: Records, ended: _Ended) -> None:
        held = await records.leases.hold_turn(ended.lease, ended.turn.id)
        await self._close_held(records, {ended.turn.id: held}, [ended])

    async def _close_held(
        self, records: Records, held: Mapping[int, Claimed], those: Sequence[_Ended]
    ) -> None:
        # Read before anything is written: what is written may then go to the database as one.
        asked = {one.at_the_chat() for one in those}
        readers = await records.people.addressees([one for one in asked if one])
        for one in those:
            # As they are now: approvals may have used the reply token or brought a fresh one.
            turn, session = held[one.turn.id]
            at = one.at_the_chat()
            if turn.state is TurnState.RUNNING:
                await self._close(records, turn, session, one, readers[at] if at else None)
            # Else an earlier try was stored after all, only its commit was not heard of.
        spenders = [
            Spender.of(held[one.turn.id].session, held[one.turn.id].turn)
            for one in those
            if one.result.finished
        ]
        if spenders:
            await self.alarm.check(records, self.clock.now(), *spenders)

    async def _close(
        self,
        records: Records,
        turn: Turn,
        session: Session,
        ended: _Ended,
        reader: Addressee | None,
    ) -> None:
        now, closing, result = self.clock.now(), ended.closing, ended.result
        await records.turns.save(
            replace(turn, state=closing.state, finished_at=now, reply_token=None)
        )
        await self.approvals.cancel_all(records, turn.id, now)
        if result.finished:
            await records.costs.book(entry_of(turn, result.finished, now))
            cost = result.finished.cost_usd
        else:
            cost = await records.costs.close(run_of(turn))
        session = replace(session, cost_usd=session.cost_usd + cost)
        session = await self._close_session(records, session, result, now)
        await self._answer(records, turn, session, closing, reader)
        await records.log.append(
            session_id=turn.session_id,
            turn_id=turn.id,
            kind=f"turn_{closing.state}",
            data={"text": closing.words},
            now=now,
        )
        records.wake(Topic.EVENTS, turn.session_id)

    async def _close_session(
        self, records: Records, session: Session, result: RunResult, now: datetime
    ) -> Session:
        stopped = session.state is SessionState.STOPPED
        session = replace(
            session,
            state=SessionState.STOPPED if stopped else SessionState.IDLE,
            updated_at=now,
        )
        if result.finished:
            session = replace(
                session,
                reported_total_usd=result.finished.reported_total_usd,
                last_line=last_line(result.finished.text) or session.last_line,
            )
        if result.claude_session_id:
            session = replace(session, claude_session_id=result.claude_session_id)
        if conversation_is_gone(result):
            # The next prompt begins a new conversation instead of failing for ever.
            session = replace(session, claude_session_id=None)
        await records.sessions.save(session)
        return session

    async def _answer(
        self,
        records: Records,
        turn: Turn,
        session: Session,
        closing: Closing,
        reader: Addressee | None,
    ) -> None:
        now = session.updated_at
        if closing.words:
            await records.log.add_message(
                SessionMessage(
                    session_id=turn.session_id,
                    turn_id=turn.id,
                    role=MessageRole.ANSWER,
                    text=closing.words,
                    created_at=now,
                )
            )
        origin = turn.origin
        if origin is None or reader is None or closing.state is TurnState.STOPPED:
            # A stop has been answered by whoever took it.
            return
        if reader.person is not None and reader.person.role is Role.STRANGER:
            # Their right was taken away while Claude was at work.
            return
        say = texts_in(reader.person.language if reader.person else Language.ENGLISH)
        elsewhere = reader.binding is not None and reader.binding.session_id != session.id
        messages: list[Message] = []
        if closing.words or closing.state is not TurnState.INTERRUPTED:
            from_session = session if elsewhere else None
            messages.append(answer_message(closing, from_session, say, session.number))
        if closing.state is TurnState.INTERRUPTED:
            messages.append(interrupted_card(turn, session, say))
        await self.outbox.put(
            records, messages, to=origin, now=now, turn_id=turn.id, is_owed=reader.is_owed
        )
