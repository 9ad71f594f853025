"""Closes a turn: state, answer, cost, budget check and message in one transaction.

Turns that end at about the same time share it, and with it the wait for the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.books import book_late_run, book_run
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import Spender
from orchestrator_core.closing import (
    INTERRUPTED,
    STOPPED,
    Closing,
    Told,
    closing_of,
    conversation_is_gone,
    messages_of,
)
from orchestrator_core.cost_figures import Tally
from orchestrator_core.errors import LeaseLostError
from orchestrator_core.model import (
    EventKind,
    Language,
    Lease,
    MessageRole,
    Role,
    Session,
    SessionMessage,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Addressee, Claimed, Clock, Metrics, Records, Store, Topic
from orchestrator_core.run_notes import last_line
from orchestrator_core.run_outcome import RunResult
from orchestrator_core.texts import texts_in
from orchestrator_core.together import LANES, Together

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
    #: Of the run, once it is booked.
    cost_usd: Decimal = Decimal(0)

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
        together = Together(self._close_some, most=MOST_AT_ONCE, name="closings", lanes=LANES)
        object.__setattr__(self, "_together", together)

    async def close(self, turn: Turn, lease: Lease, result: RunResult) -> None:
        """Nothing is said when the lease was lost: whoever has it now settles the turn."""
        await self._close_surely(_Ended(turn, lease, closing_of(result), result))

    async def close_failed(self, turn: Turn, lease: Lease) -> None:
        """For a fault of our own."""
        closing = Closing(state=TurnState.FAILED, key="turn.failed.unavailable")
        await self._close_surely(_Ended(turn, lease, closing, RunResult()))

    async def close_left(
        self, records: Records, turn: Turn, lease: Lease, tally: Tally
    ) -> TurnState:
        """For a turn a dead worker left running; the caller counts it after the commit."""
        closing = STOPPED if turn.stop_requested else INTERRUPTED
        await self._close_alone(records, _Ended(turn, lease, closing, RunResult()), tally)
        return closing.state

    async def _close_surely(self, ended: _Ended) -> None:
        """Until it is stored: an answer that was paid for must not be lost to a full disk."""
        turn, wait = ended.turn, 1.0
        stored = await self._together.ask(ended)
        while not stored:
            tally = Tally()
            try:
                async with self.store.transaction() as records:
                    await self._close_alone(records, ended, tally)
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
                await self._tell(tally)
        self._count(ended)

    async def _close_some(self, those: Sequence[_Ended]) -> list[bool]:
        """Which of them are stored. The others are lost, of a session that somebody is just
        writing to, or one of them cannot be: alone each is told why."""
        tally = Tally()
        try:
            async with self.store.transaction() as records:
                held = await records.leases.hold_some({one.turn.id: one.lease for one in those})
                ours = [one for one in those if one.turn.id in held]
                await self._close_held(records, held, ours, tally)
        except Exception:
            logger.exception("results not stored together")
            return [False] * len(those)
        await self._tell(tally)
        return [one.turn.id in held for one in those]

    async def _tell(self, tally: Tally) -> None:
        tally.tell(self.metrics)
        await self.alarm.check_apart(self.store, self.clock.now(), tally.spenders)

    def _count(self, ended: _Ended) -> None:
        self.metrics.count("turns", state=ended.closing.state)
        finished = ended.result.finished
        if finished:
            latency = self.clock.now() - ended.turn.created_at
            self.metrics.prompt_latency(latency.total_seconds() * 1000)

    async def book_late(self, turn: Turn, result: RunResult) -> None:
        """The turn is somebody else's now, but what this run of it cost was spent."""
        tally, now = Tally(), self.clock.now()
        try:
            async with self.store.transaction() as records:
                session = await records.sessions.lock(turn.session_id)
                tally.spenders.append(Spender.of(session, turn))
                grown = await book_late_run(records, turn, result.finished, now, tally)
                if grown:
                    cost = session.cost_usd + grown
                    await records.sessions.save(replace(session, cost_usd=cost))
        except Exception:
            logger.exception("late cost not booked", extra={"turn_id": turn.id})
        else:
            await self._tell(tally)

    async def _close_alone(self, records: Records, ended: _Ended, tally: Tally) -> None:
        held = await records.leases.hold_turn(ended.lease, ended.turn.id)
        await self._close_held(records, {ended.turn.id: held}, [ended], tally)

    async def _close_held(
        self,
        records: Records,
        held: Mapping[int, Claimed],
        those: Sequence[_Ended],
        tally: Tally,
    ) -> None:
        # Read before anything is written: what is written may then go to the database as one.
        asked = {one.at_the_chat() for one in those}
        readers = await records.people.addressees([one for one in asked if one])
        for one in those:
            # As they are now: approvals may have used the reply token or brought a fresh one.
            turn, session = held[one.turn.id]
            at = one.at_the_chat()
            if turn.state is TurnState.RUNNING:
                finished, now = one.result.finished, self.clock.now()
                cost = await book_run(records, turn, finished, now, tally)
                session = replace(session, cost_usd=session.cost_usd + cost)
                booked = replace(one, cost_usd=cost)
                await self._close(records, turn, session, booked, readers[at] if at else None)
            # Else an earlier try was stored after all, only its commit was not heard of.
        tally.spenders.extend(
            Spender.of(held[one.turn.id].session, held[one.turn.id].turn)
            for one in those
            if one.result.finished
        )

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
        session = await self._close_session(records, session, result, now)
        await self._answer(records, turn, session, ended, reader)
        await records.log.append(
            session_id=turn.session_id,
            turn_id=turn.id,
            kind=EventKind.of_turn(closing.state),
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
                head=result.finished.head or session.head,
            )
        if result.claude_session_id:
            session = replace(session, claude_session_id=result.claude_session_id)
        if conversation_is_gone(result):
            # The next prompt begins a new conversation instead of failing for ever.
            session = replace(session, claude_session_id=None, head=None, forked_from=None)
        await records.sessions.save(session)
        return session

    async def _answer(
        self,
        records: Records,
        turn: Turn,
        session: Session,
        ended: _Ended,
        reader: Addressee | None,
    ) -> None:
        now, closing = session.updated_at, ended.closing
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
        told = Told(turn=turn, session=session, cost_usd=ended.cost_usd, is_apart=elsewhere)
        messages = messages_of(closing, told, say)
        await self.outbox.put(
            records, messages, to=origin, now=now, turn_id=turn.id, is_owed=reader.is_owed
        )
