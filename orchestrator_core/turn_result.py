"""Closes a turn: state, answer, cost, budget check and message in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator_core.agent_events import Finished
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.errors import AgentRefusedError, LeaseLostError
from orchestrator_core.interrupted import interrupted_card
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import (
    CostEntry,
    Language,
    Lease,
    MessageRole,
    Session,
    SessionMessage,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Addressee, Clock, Metrics, Records, Store, Topic
from orchestrator_core.texts import Texts, texts_in
from orchestrator_core.turn_run import Ending, RunResult, last_line

logger = logging.getLogger(__name__)

#: While the database takes nothing (a full disk), a result waits and is tried again.
LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a turn ends: its state, and the catalog text or Claude's words that say so."""

    state: TurnState
    #: Claude's own words; empty when there are none.
    words: str = ""
    #: A text of the catalog, shown after the words.
    key: str | None = None


_STOPPED = Closing(state=TurnState.STOPPED)
_INTERRUPTED = Closing(state=TurnState.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCloser:
    store: Store
    outbox: Outbox
    approvals: ApprovalDesk
    alarm: BudgetAlarm
    clock: Clock
    metrics: Metrics
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def close(self, turn: Turn, lease: Lease, result: RunResult) -> None:
        """Nothing is said when the lease was lost: whoever has it now settles the turn."""
        await self._close_surely(turn, lease, closing_of(result), result)

    async def close_failed(self, turn: Turn, lease: Lease) -> None:
        """For a fault of our own."""
        closing = Closing(state=TurnState.FAILED, key="turn.failed.unavailable")
        await self._close_surely(turn, lease, closing, RunResult())

    async def close_left(self, records: Records, turn: Turn, lease: Lease) -> TurnState:
        """For a turn a dead worker left running; the caller counts it after the commit."""
        closing = _STOPPED if turn.stop_requested else _INTERRUPTED
        await self._close(records, turn, lease, closing, RunResult())
        return closing.state

    async def _close_surely(
        self, turn: Turn, lease: Lease, closing: Closing, result: RunResult
    ) -> None:
        """Until it is stored: an answer that was paid for must not be lost to a full disk."""
        wait = 1.0
        while True:
            try:
                async with self.store.transaction() as records:
                    await self._close(records, turn, lease, closing, result)
            except LeaseLostError:
                logger.warning("late result dropped", extra={"turn_id": turn.id})
                await self.book_late(turn, result)
                return
            except (ValueError, LookupError):
                # The words themselves are the trouble, so trying again cannot help.
                logger.exception("answer not tellable", extra={"turn_id": turn.id})
                closing = Closing(state=TurnState.FAILED, key="turn.failed.error")
                await self.pause(wait)
            except Exception:
                logger.exception("result not stored yet", extra={"turn_id": turn.id})
                await self.pause(wait)
                wait = min(wait * 2, LONGEST_PAUSE_SECONDS)
            else:
                self._count(turn, closing, result)
                return

    def _count(self, turn: Turn, closing: Closing, result: RunResult) -> None:
        self.metrics.count("turns", state=closing.state)
        if result.finished:
            latency = self.clock.now() - turn.created_at
            self.metrics.prompt_latency(latency.total_seconds() * 1000)
            self.metrics.cost(result.finished.cost_usd)

    async def book_late(self, turn: Turn, result: RunResult) -> None:
        """The turn is somebody else's now, but what this run of it cost was spent."""
        if result.finished is None:
            return
        try:
            async with self.store.transaction() as records:
                session = await records.sessions.lock(turn.session_id)
                now = self.clock.now()
                booked = await records.costs.add(_cost_of(turn, result.finished, now))
                await self.alarm.check(records, now)
                if booked:
                    cost = session.cost_usd + result.finished.cost_usd
                    await records.sessions.save(replace(session, cost_usd=cost))
        except Exception:
            logger.exception("late cost not booked", extra={"turn_id": turn.id})

    async def _close(
        self, records: Records, turn: Turn, lease: Lease, closing: Closing, result: RunResult
    ) -> None:
        now = self.clock.now()
        # Read anew: approvals may have used the reply token or brought a fresh one.
        turn, session = await records.leases.hold_turn(lease, turn.id)
        if turn.state is not TurnState.RUNNING:
            # An earlier try was stored after all, only its commit was not heard of.
            return
        # Read before anything is written: what is written may then go to the database as one.
        reader = await _reader_of(records, turn)
        await records.turns.save(
            replace(turn, state=closing.state, finished_at=now, reply_token=None)
        )
        await self.approvals.cancel_all(records, turn.id, now)
        session = await self._close_session(records, session, result, now)
        if result.finished:
            await records.costs.book(_cost_of(turn, result.finished, now))
            await self.alarm.check(records, now)
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
                cost_usd=session.cost_usd + result.finished.cost_usd,
                reported_total_usd=result.finished.reported_total_usd,
                last_line=last_line(result.finished.text) or session.last_line,
            )
        if result.claude_session_id:
            session = replace(session, claude_session_id=result.claude_session_id)
        if _conversation_is_gone(result):
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


async def _reader_of(records: Records, turn: Turn) -> Addressee | None:
    """Nobody in a chat, when the turn came by the API."""
    if turn.origin is None:
        return None
    return await records.people.addressee(turn.origin.person_id, turn.origin.chat.id)


def answer_message(closing: Closing, from_session: Session | None, say: Texts, number: int) -> Say:
    """`from_session` heads the text when the chat has moved on to another session."""
    parts = [closing.words] if closing.words else []
    if closing.key:
        parts.append(say(closing.key))
    if not parts:
        parts.append(say("turn.no_text"))
    if from_session:
        parts.insert(0, from_session.label)
    buttons: tuple[Button, ...] = ()
    if closing.state not in {TurnState.DONE, TurnState.INTERRUPTED}:
        buttons = (Button(label=say("button.status"), command=f"/status {number}"),)
    return Say(text="\n\n".join(parts), buttons=buttons)


def closing_of(result: RunResult) -> Closing:
    """What the end of a run means for its turn."""
    words = result.finished.text if result.finished else ""
    words = words if words.strip() else ""
    if result.ending and not _came_whole(result):
        state, key = _CUT_SHORT[result.ending]
        return Closing(state=state, words=words, key=key)
    if isinstance(result.error, AgentRefusedError):
        return Closing(state=TurnState.FAILED, key=f"turn.failed.{result.error.reason}")
    if result.finished is None:
        return Closing(state=TurnState.FAILED, key="turn.failed.unavailable")
    if result.finished.is_error:
        return Closing(state=TurnState.FAILED, words=words, key="turn.failed.error")
    return Closing(state=TurnState.DONE, words=words)


def _cost_of(turn: Turn, finished: Finished, now: datetime) -> CostEntry:
    return CostEntry(
        session_id=turn.session_id,
        turn_id=turn.id,
        run=turn.runs,
        usd=finished.cost_usd,
        usage=finished.usage,
        created_at=now,
    )


_CUT_SHORT: dict[Ending, tuple[TurnState, str | None]] = {
    Ending.STOPPED: (TurnState.STOPPED, None),
    Ending.DRAINED: (TurnState.INTERRUPTED, None),
    Ending.CUT_OFF: (TurnState.INTERRUPTED, None),
    Ending.TIMED_OUT: (TurnState.FAILED, "turn.timed_out"),
}


def _came_whole(result: RunResult) -> bool:
    """Claude was done at the very moment a shutdown would have interrupted it."""
    finished = result.finished
    whole = finished is not None and finished.reason == "success" and not finished.is_error
    return whole and result.ending is Ending.DRAINED


def _conversation_is_gone(result: RunResult) -> bool:
    error = result.error
    return isinstance(error, AgentRefusedError) and error.reason == "no_conversation"
