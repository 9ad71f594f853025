"""A prompt's way into a session: locked, stored, and told of, all at once.

This is what runs with every prompt. On PostgreSQL, where each statement is a way to the server
and back, it is one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import ConflictError, NotFoundError
from orchestrator_core.model import (
    EventKind,
    JsonObject,
    MessageRole,
    NewTurn,
    Session,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Enqueued
from orchestrator_core.redaction import redact
from storage import columns
from storage import models as rows
from storage.log import SqlSessionLog
from storage.sessions import SqlSessions, session_of
from storage.sql import add, columns_of, fetch, part_of

#: The values are those of `_columns`, and the turn's state.
_ADD = """
    INSERT INTO turn (session_id, prompt, created_at, chat_id, chat_kind, person_id,
        reply_token, reply_token_expires_at, idempotency_key, message_id, state,
        runs, reached_model, stop_requested)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, false, false)
    ON CONFLICT (session_id, idempotency_key) DO NOTHING RETURNING id"""
#: Every part reads the one before, so that the ids are taken behind the session's lock: they must
#: become visible in order, or a reader that has seen 6 never looks for 5.
_ADD_AT_ONCE = """
    WITH held AS MATERIALIZED
        (SELECT {columns} FROM session s WHERE s.id = $1 FOR UPDATE OF s),
    added AS
        (INSERT INTO turn (session_id, prompt, created_at, chat_id, chat_kind, person_id,
            reply_token, reply_token_expires_at, idempotency_key, message_id, state,
            runs, reached_model, stop_requested)
         SELECT $1, $2::text, $3::timestamptz, $4::text, $5::text, $6::text,
            $7::text, $8::timestamptz, $9::text, $10::text,
            CASE held.s_state WHEN 'stopped' THEN 'held' ELSE 'queued' END, 0, false, false
         FROM held
         ON CONFLICT (session_id, idempotency_key) DO NOTHING RETURNING id, state),
    said AS
        (INSERT INTO session_message (session_id, turn_id, role, text, created_at)
         SELECT $1, id, 'prompt', $2::text, $3::timestamptz FROM added),
    told AS
        (INSERT INTO session_event (session_id, turn_id, kind, data, created_at)
         SELECT $1, id, '{event}', CASE state WHEN 'held' THEN $12::text ELSE $11::text END,
            $3::timestamptz
         FROM added)
    SELECT held.*, added.id AS turn_id, added.state AS turn_state
    FROM held LEFT JOIN added ON true"""


async def enqueue_at_once(db: BaseDBAsyncClient, turn: NewTurn) -> Enqueued:
    """PostgreSQL's. See `Turns.enqueue`."""
    text = redact(turn.prompt)
    told = [columns.json_text(_told(text, state)) for state in (TurnState.QUEUED, TurnState.HELD)]
    found = await fetch(db, _at_once(), *_columns(turn).values(), *told)
    if not found:
        raise NotFoundError(f"session {turn.session_id}")
    (row,) = found
    if row["turn_id"] is None:
        raise _used_before()
    session = session_of(part_of(rows.Session, "s", row))
    return Enqueued(_stored(row["turn_id"], turn, TurnState(row["turn_state"])), session)


async def enqueue_by_steps(db: BaseDBAsyncClient, turn: NewTurn) -> Enqueued:
    """SQLite's. See `Turns.enqueue`."""
    session = await SqlSessions(db).lock(turn.session_id)
    state = _state_in(session)
    added = await fetch(db, _ADD, *_columns(turn).values(), state.value)
    if not added:
        raise _used_before()
    stored = _stored(added[0]["id"], turn, state)
    await add(
        db,
        rows.SessionMessage,
        session_id=session.id,
        turn_id=stored.id,
        role=MessageRole.PROMPT.value,
        text=stored.prompt,
        created_at=stored.created_at,
    )
    await SqlSessionLog(db).append(
        session_id=session.id,
        turn_id=stored.id,
        kind=EventKind.PROMPT,
        data=_told(turn.prompt, state),
        now=stored.created_at,
    )
    return Enqueued(stored, session)


def _state_in(session: Session) -> TurnState:
    return TurnState.HELD if session.state is SessionState.STOPPED else TurnState.QUEUED


def _told(text: str, state: TurnState) -> JsonObject:
    return {"text": text, "state": state.value}


@cache
def _at_once() -> str:
    return _ADD_AT_ONCE.format(columns=columns_of(rows.Session, "s"), event=EventKind.PROMPT.value)


def _used_before() -> ConflictError:
    return ConflictError("this idempotency key was used before")


def _columns(turn: NewTurn) -> dict[str, Any]:
    return {
        "session_id": turn.session_id,
        "prompt": columns.text(turn.prompt),
        "created_at": turn.created_at,
        **columns.chat_columns(turn.chat),
        "person_id": turn.person_id,
        **columns.token_columns(turn.reply_token),
        "idempotency_key": turn.idempotency_key,
        "message_id": turn.message_id,
    }


def _stored(turn_id: int, turn: NewTurn, state: TurnState) -> Turn:
    return Turn(
        id=turn_id,
        session_id=turn.session_id,
        prompt=columns.text(turn.prompt),
        state=state,
        created_at=turn.created_at,
        chat=turn.chat,
        person_id=turn.person_id,
        reply_token=turn.reply_token,
        idempotency_key=turn.idempotency_key,
        message_id=turn.message_id,
    )
