"""Turns and leases in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from orchestrator_core.errors import ConflictError, LeaseLostError, NotFoundError
from orchestrator_core.model import (
    OPEN_TURN_STATES,
    EventKind,
    Lease,
    MessageRole,
    NewTurn,
    ProcessMark,
    Session,
    SessionMessage,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Claim, Claimed, Enqueued
from tests.fakes.records import FakeSessionLog
from tests.fakes.state import FakeTable, aware, found, next_id, save_fields

#: What a save takes over; the rest stays as it was added.
_TURN_CHANGES = (
    *("state", "reply_token", "started_at", "finished_at"),
    *("runs", "reached_model", "stop_requested", "choice"),
)


class FakeTurns(FakeTable):
    async def enqueue(self, turn: NewTurn) -> Enqueued:
        aware(turn.created_at)
        session = found(self.state.sessions, turn.session_id)
        key = turn.idempotency_key
        if key is not None and await self.by_key(turn.session_id, key) is not None:
            raise ConflictError("this idempotency key was used before")
        stopped = session.state is SessionState.STOPPED
        stored = Turn(
            id=next_id(self.state.turns),
            session_id=turn.session_id,
            prompt=turn.prompt,
            state=TurnState.HELD if stopped else TurnState.QUEUED,
            created_at=turn.created_at,
            chat=turn.chat,
            person_id=turn.person_id,
            reply_token=turn.reply_token,
            idempotency_key=key,
            message_id=turn.message_id,
        )
        self.state.turns[stored.id] = stored
        self.state.messages.append(_prompt_of(stored))
        await FakeSessionLog(self.get_state).append(
            session_id=session.id,
            turn_id=stored.id,
            kind=EventKind.PROMPT,
            data={"text": stored.prompt, "state": stored.state.value},
            now=stored.created_at,
        )
        return Enqueued(stored, session)

    async def claim(self, claim: Claim, *, limit: int, but: Collection[str] = ()) -> list[Claimed]:
        ready = [turn for turn in self._ready(claim) if turn.session_id not in but]
        started = [
            replace(turn, state=TurnState.RUNNING, started_at=claim.now, runs=turn.runs + 1)
            for turn in ready[:limit]
        ]
        return self._leased(started, claim)

    async def take_over(
        self, claim: Claim, *, limit: int, but: Collection[str] = ()
    ) -> list[Claimed]:
        left = [
            turn
            for turn in self._in_order(TurnState.RUNNING)
            if self._session(turn).pool == claim.pool
            and self._session(turn).holder(claim.now) is None
            and turn.session_id not in but
        ]
        return self._leased(left[:limit], claim)

    async def begin(self, turn_id: int, lease: Lease) -> bool:
        turn = found(self.state.turns, turn_id)
        if self.state.fences.get(lease.session_id) != lease.fence:
            raise LeaseLostError(lease.session_id)
        if turn.state is not TurnState.RUNNING:
            raise LeaseLostError(lease.session_id)
        if turn.stop_requested:
            return False
        self.state.turns[turn_id] = replace(turn, reached_model=True)
        return True

    async def begin_some(self, turns: Mapping[int, Lease]) -> set[int]:
        begun = set()
        for turn_id, lease in turns.items():
            with suppress(LeaseLostError, NotFoundError):
                if await self.begin(turn_id, lease):
                    begun.add(turn_id)
        return begun

    async def lock(self, turn_id: int) -> Turn:
        return found(self.state.turns, turn_id)

    async def save(self, turn: Turn) -> None:
        aware(turn.started_at, turn.finished_at)
        save_fields(self.state.turns, turn.id, turn, *_TURN_CHANGES)

    async def open_of(self, session_id: str) -> list[Turn]:
        return [t for t in self._in_order(*OPEN_TURN_STATES) if t.session_id == session_id]

    async def undecided_of(self, session_id: str, *, limit: int) -> list[Turn]:
        found = [
            turn
            for turn in self._in_order(TurnState.INTERRUPTED)
            if turn.session_id == session_id and turn.choice is None
        ]
        return found[::-1][:limit]

    async def running(self) -> list[Turn]:
        return self._in_order(TurnState.RUNNING)

    async def busy_sessions(self) -> list[str]:
        return sorted({turn.session_id for turn in self._in_order(*OPEN_TURN_STATES)})

    async def by_key(self, session_id: str, idempotency_key: str) -> Turn | None:
        wanted = (session_id, idempotency_key)
        for turn in self.state.turns.values():
            if (turn.session_id, turn.idempotency_key) == wanted:
                return turn
        return None

    def _ready(self, claim: Claim) -> Iterator[Turn]:
        """The first turn in line of every session that may be claimed."""
        seen = {turn.session_id for turn in self._in_order(TurnState.RUNNING)}
        for turn in self._in_order(TurnState.QUEUED):
            session = self._session(turn)
            free = session.holder(claim.now) in {None, claim.owner}
            stopped = session.state is SessionState.STOPPED
            if session.id not in seen and session.pool == claim.pool and free and not stopped:
                yield turn
            seen.add(session.id)

    def _leased(self, turns: list[Turn], claim: Claim) -> list[Claimed]:
        return [
            Claimed(self._keep(turn), self._lease(self._session(turn), claim)) for turn in turns
        ]

    def _keep(self, turn: Turn) -> Turn:
        self.state.turns[turn.id] = turn
        return turn

    def _lease(self, session: Session, claim: Claim) -> Session:
        fence = self.state.fences.get(session.id, 0) + 1
        self.state.fences[session.id] = fence
        lease = Lease(session_id=session.id, owner=claim.owner, until=claim.until, fence=fence)
        idle = session.state is SessionState.IDLE
        state = SessionState.RUNNING if idle else session.state
        leased = replace(session, lease=lease, state=state, updated_at=claim.now)
        self.state.sessions[session.id] = leased
        return leased

    def _session(self, turn: Turn) -> Session:
        return self.state.sessions[turn.session_id]

    def _in_order(self, *states: TurnState) -> list[Turn]:
        turns = sorted(self.state.turns.values(), key=lambda turn: turn.id)
        return [turn for turn in turns if turn.state in states]


class FakeLeases(FakeTable):
    async def hold(self, lease: Lease) -> Session:
        if self.state.fences.get(lease.session_id) != lease.fence:
            raise LeaseLostError(lease.session_id)
        return self.state.sessions[lease.session_id]

    async def hold_turn(self, lease: Lease, turn_id: int) -> Claimed:
        session = await self.hold(lease)
        turn = found(self.state.turns, turn_id)
        if turn.session_id != session.id:
            raise NotFoundError(str(turn_id))
        return Claimed(turn, session)

    async def hold_some(self, turns: Mapping[int, Lease]) -> dict[int, Claimed]:
        held = {}
        for turn_id, lease in turns.items():
            with suppress(LeaseLostError, NotFoundError):
                held[turn_id] = await self.hold_turn(lease, turn_id)
        return held

    async def renew(
        self, owner: str, sessions: Collection[str], *, until: datetime
    ) -> list[Lease]:
        mine = [one for one in self._leases_of(owner) if one.session_id in sessions]
        renewed = [replace(lease, until=until) for lease in mine]
        for lease in renewed:
            self._set(lease.session_id, lease)
        return renewed

    async def release(self, lease: Lease) -> None:
        if self.state.fences.get(lease.session_id) == lease.fence:
            self._set(lease.session_id, None)

    async def waited_for(self, owner: str) -> list[Lease]:
        return [
            lease
            for lease in self._leases_of(owner)
            if self._states_of(lease.session_id) & {TurnState.QUEUED, TurnState.RUNNING}
            == {TurnState.QUEUED}
        ]

    async def break_all(self, now: datetime) -> None:
        for session in list(self.state.sessions.values()):
            if session.lease is not None and session.lease.until > now:
                self._set(session.id, replace(session.lease, until=now))

    async def note_cli(self, lease: Lease, cli: ProcessMark) -> None:
        session = await self.hold(lease)
        self.state.sessions[session.id] = replace(session, cli=cli)

    def _leases_of(self, owner: str) -> list[Lease]:
        leases = [session.lease for session in self.state.sessions.values()]
        return [lease for lease in leases if lease is not None and lease.owner == owner]

    def _states_of(self, session_id: str) -> set[TurnState]:
        return {one.state for one in self.state.turns.values() if one.session_id == session_id}

    def _set(self, session_id: str, lease: Lease | None) -> None:
        self.state.sessions[session_id] = replace(self.state.sessions[session_id], lease=lease)


def _prompt_of(turn: Turn) -> SessionMessage:
    return SessionMessage(
        session_id=turn.session_id,
        turn_id=turn.id,
        role=MessageRole.PROMPT,
        text=turn.prompt,
        created_at=turn.created_at,
    )
