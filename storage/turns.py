"""Turns, and who may start the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from orchestrator_core.errors import ConflictError, NotFoundError
from orchestrator_core.model import (
    OPEN_TURN_STATES,
    MessageRole,
    NewTurn,
    SessionState,
    Turn,
    TurnState,
)
from storage import columns
from storage import models as rows
from storage.sql import fetch, is_postgres

_FREE_SESSION = """
    SELECT s.id FROM turn t JOIN session s ON s.id = t.session_id
    WHERE t.state = 'queued' AND s.state <> 'stopped' AND NOT EXISTS
        (SELECT 1 FROM turn r WHERE r.session_id = t.session_id AND r.state = 'running')
    ORDER BY t.id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class SqlTurns:
    db: BaseDBAsyncClient

    async def add(self, turn: NewTurn) -> Turn:
        try:
            # A savepoint: on PostgreSQL the refused row would end the whole transaction.
            async with in_transaction(self.db.connection_name) as savepoint:
                row = await rows.Turn.create(using_db=savepoint, **_new_columns(turn))
        except IntegrityError:
            raise ConflictError("this idempotency key was used before") from None
        await rows.SessionMessage.create(
            using_db=self.db,
            session_id=turn.session_id,
            turn_id=row.id,
            role=MessageRole.PROMPT.value,
            text=row.prompt,
            created_at=turn.created_at,
        )
        return _turn(row)

    async def claim(self, now: datetime) -> Turn | None:
        while (session_id := await self._lock_free_session()) is not None:
            turn = await self._first_waiting(session_id)
            if turn is not None:
                return await self._start(turn, now)
        return None

    async def lock(self, turn_id: int) -> Turn:
        query = rows.Turn.filter(id=turn_id).using_db(self.db)
        row = await query.select_for_update().first()
        if row is None:
            raise NotFoundError(f"turn {turn_id}")
        return _turn(row)

    async def save(self, turn: Turn) -> None:
        await rows.Turn.filter(id=turn.id).using_db(self.db).update(**_changing(turn))

    async def open_of(self, session_id: str) -> list[Turn]:
        query = rows.Turn.filter(session_id=session_id, state__in=_names(OPEN_TURN_STATES))
        return [_turn(row) for row in await query.using_db(self.db).order_by("id")]

    async def running(self) -> list[Turn]:
        query = rows.Turn.filter(state=TurnState.RUNNING.value).using_db(self.db)
        return [_turn(row) for row in await query.order_by("id")]

    async def busy_sessions(self) -> list[str]:
        query = rows.Turn.filter(state__in=_names(OPEN_TURN_STATES))
        found = await query.using_db(self.db).distinct().values_list("session_id", flat=True)
        return sorted(str(session_id) for session_id in found)

    async def by_key(self, session_id: str, idempotency_key: str) -> Turn | None:
        query = rows.Turn.filter(session_id=session_id, idempotency_key=idempotency_key)
        row = await query.using_db(self.db).first()
        return _turn(row) if row else None

    async def _lock_free_session(self) -> str | None:
        # Sessions another process is just starting a turn of are passed over, not waited for.
        locking = " FOR UPDATE OF s SKIP LOCKED" if is_postgres(self.db) else ""
        found = await fetch(self.db, _FREE_SESSION + locking)
        return found[0]["id"] if found else None

    async def _first_waiting(self, session_id: str) -> Turn | None:
        # Read again under the lock: what was seen before it may be a moment old. A running turn
        # comes before all queued ones here.
        states = _names((TurnState.RUNNING, TurnState.QUEUED))
        query = rows.Turn.filter(session_id=session_id, state__in=states).using_db(self.db)
        row = await query.order_by("-state", "id").first()
        return _turn(row) if row and row.state == TurnState.QUEUED else None

    async def _start(self, turn: Turn, now: datetime) -> Turn:
        started = replace(turn, state=TurnState.RUNNING, started_at=now, runs=turn.runs + 1)
        await self.save(started)
        session = rows.Session.filter(id=turn.session_id).using_db(self.db)
        await session.update(state=SessionState.RUNNING.value, updated_at=now)
        return started


def _names(states: tuple[TurnState, ...]) -> list[str]:
    return [state.value for state in states]


def _new_columns(turn: NewTurn) -> dict[str, Any]:
    return {
        "session_id": turn.session_id,
        "prompt": columns.text(turn.prompt),
        "state": turn.state.value,
        "created_at": turn.created_at,
        **columns.chat_columns(turn.chat),
        "person_id": turn.person_id,
        **columns.token_columns(turn.reply_token),
        "idempotency_key": turn.idempotency_key,
    }


def _changing(turn: Turn) -> dict[str, Any]:
    return {
        "state": turn.state.value,
        **columns.token_columns(turn.reply_token),
        "started_at": turn.started_at,
        "finished_at": turn.finished_at,
        "runs": turn.runs,
        "reached_model": turn.reached_model,
        "stop_requested": turn.stop_requested,
    }


def _turn(row: rows.Turn) -> Turn:
    return Turn(
        id=row.id,
        session_id=row.session_id,
        prompt=row.prompt,
        state=TurnState(row.state),
        created_at=row.created_at,
        chat=columns.chat_of(row.chat_id, row.chat_kind),
        person_id=row.person_id,
        reply_token=columns.token_of(row.reply_token, row.reply_token_expires_at),
        idempotency_key=row.idempotency_key,
        started_at=row.started_at,
        finished_at=row.finished_at,
        runs=row.runs,
        reached_model=row.reached_model,
        stop_requested=row.stop_requested,
    )
