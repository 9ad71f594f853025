"""Turns, and who may start the next one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import LeaseLostError, NotFoundError
from orchestrator_core.model import (
    OPEN_TURN_STATES,
    Choice,
    Lease,
    NewTurn,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Claim, Claimed, Enqueued
from storage import columns
from storage import models as rows
from storage.claims import Row, start_turns, turns_left
from storage.enqueuing import enqueue_at_once, enqueue_by_steps
from storage.sessions import session_of
from storage.sql import fetch, find, find_one, from_row, is_postgres, update

#: Not while a stop is asked for, nor by a holder who came too late.
_BEGIN = """
    UPDATE turn SET reached_model = $1 WHERE id = $2 AND state = 'running'
    AND stop_requested = $3 AND EXISTS
        (SELECT 1 FROM session s WHERE s.id = turn.session_id AND s.fence = $4)
    RETURNING id"""
#: A session that somebody else has locked is passed over: many that are waited for one after the
#: other could be waited for in a circle.
_BEGIN_SOME = """
    WITH held AS MATERIALIZED
        (SELECT s.id FROM unnest($1::text[], $2::bigint[]) AS lease (session_id, fence)
         JOIN session s ON s.id = lease.session_id AND s.fence = lease.fence
         FOR NO KEY UPDATE OF s SKIP LOCKED)
    UPDATE turn SET reached_model = true WHERE id = ANY($3::bigint[]) AND state = 'running'
    AND NOT stop_requested AND session_id IN (SELECT id FROM held) RETURNING id"""
_STOPPED = """
    SELECT t.id FROM turn t JOIN session s ON s.id = t.session_id
    WHERE t.id = $1 AND t.state = 'running' AND s.fence = $2"""


@dataclass(frozen=True, slots=True)
class SqlTurns:
    db: BaseDBAsyncClient

    async def enqueue(self, turn: NewTurn) -> Enqueued:
        return await (enqueue_at_once if is_postgres(self.db) else enqueue_by_steps)(self.db, turn)

    async def claim(self, claim: Claim, *, limit: int, but: Collection[str] = ()) -> list[Claimed]:
        return _claimed(await start_turns(self.db, claim, limit, but))

    async def take_over(
        self, claim: Claim, *, limit: int, but: Collection[str] = ()
    ) -> list[Claimed]:
        return _claimed(await turns_left(self.db, claim, limit, but))

    async def begin(self, turn_id: int, lease: Lease) -> bool:
        if await fetch(self.db, _BEGIN, True, turn_id, False, lease.fence):
            return True
        if await fetch(self.db, _STOPPED, turn_id, lease.fence):
            return False
        raise LeaseLostError(lease.session_id)

    async def begin_some(self, turns: Mapping[int, Lease]) -> set[int]:
        if is_postgres(self.db):
            sessions = [lease.session_id for lease in turns.values()]
            fences = [lease.fence for lease in turns.values()]
            found = await fetch(self.db, _BEGIN_SOME, sessions, fences, list(turns))
        else:
            found = [
                row
                for turn_id, lease in turns.items()
                for row in await fetch(self.db, _BEGIN, True, turn_id, False, lease.fence)
            ]
        return {row["id"] for row in found}

    async def lock(self, turn_id: int) -> Turn:
        row = await find_one(self.db, rows.Turn, "WHERE id = $1", turn_id, lock=True)
        if row is None:
            raise NotFoundError(f"turn {turn_id}")
        return turn_of(row)

    async def save(self, turn: Turn) -> None:
        await update(self.db, rows.Turn, turn.id, **_changing(turn))

    async def open_of(self, session_id: str) -> list[Turn]:
        query = rows.Turn.filter(session_id=session_id, state__in=_names(OPEN_TURN_STATES))
        return [turn_of(row) for row in await query.using_db(self.db).order_by("id")]

    async def undecided_of(self, session_id: str, *, limit: int) -> list[Turn]:
        query = rows.Turn.filter(
            session_id=session_id, state=TurnState.INTERRUPTED.value, choice__isnull=True
        )
        return [turn_of(row) for row in await query.using_db(self.db).order_by("-id").limit(limit)]

    async def running(self) -> list[Turn]:
        rest = "WHERE state = 'running' ORDER BY id"
        return [turn_of(row) for row in await find(self.db, rows.Turn, rest)]

    async def busy_sessions(self) -> list[str]:
        query = rows.Turn.filter(state__in=_names(OPEN_TURN_STATES))
        found = await query.using_db(self.db).distinct().values_list("session_id", flat=True)
        return sorted(str(session_id) for session_id in found)

    async def by_key(self, session_id: str, idempotency_key: str) -> Turn | None:
        rest = "WHERE session_id = $1 AND idempotency_key = $2"
        row = await find_one(self.db, rows.Turn, rest, session_id, idempotency_key)
        return turn_of(row) if row else None


def _claimed(taken: tuple[list[Row], list[Row]]) -> list[Claimed]:
    turns, sessions = taken
    by_id = {row["id"]: session_of(from_row(rows.Session, row)) for row in sessions}
    return [
        Claimed(turn_of(from_row(rows.Turn, turn)), by_id[turn["session_id"]]) for turn in turns
    ]


def _names(states: tuple[TurnState, ...]) -> list[str]:
    return [state.value for state in states]


def _changing(turn: Turn) -> dict[str, Any]:
    return {
        "state": turn.state.value,
        **columns.token_columns(turn.reply_token),
        "started_at": turn.started_at,
        "finished_at": turn.finished_at,
        "runs": turn.runs,
        "reached_model": turn.reached_model,
        "stop_requested": turn.stop_requested,
        "choice": turn.choice.value if turn.choice else None,
    }


def turn_of(row: rows.Turn) -> Turn:
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
        message_id=row.message_id,
        choice=Choice(row.choice) if row.choice else None,
    )
