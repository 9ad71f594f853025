"""What was said and what happened in a session. No secret is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import (
    EventKind,
    JsonObject,
    MessageRole,
    SessionEvent,
    SessionMessage,
)
from orchestrator_core.redaction import redact, redact_json
from storage import columns
from storage import models as rows
from storage.late_writes import Write
from storage.sql import add, fetch, find, is_postgres, write

_ADD = """
    INSERT INTO session_event (session_id, turn_id, kind, data, created_at)
    VALUES ($1, $2, $3, $4, $5)"""
#: Ids must become visible in order, or a reader that has seen 6 never looks for 5. The session's
#: own row is the lock, which those who write usually hold already; the id is taken behind it.
_ADD_IN_ORDER = Write(
    table="session_event",
    one="""
    INSERT INTO session_event (session_id, turn_id, kind, data, created_at)
    SELECT $1::text, $2::bigint, $3::text, $4::text, $5::timestamptz
    WHERE (SELECT count(*) FROM
        (SELECT 1 FROM session WHERE id = $1::text FOR NO KEY UPDATE) AS held) >= 0""",
    many="""
    INSERT INTO session_event (session_id, turn_id, kind, data, created_at)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
    WHERE (SELECT count(*) FROM
        (SELECT 1 FROM session WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE)
        AS held) >= 0""",
)


@dataclass(frozen=True, slots=True)
class SqlSessionLog:
    db: BaseDBAsyncClient

    async def add_message(self, message: SessionMessage) -> None:
        await add(
            self.db,
            rows.SessionMessage,
            session_id=message.session_id,
            turn_id=message.turn_id,
            role=message.role.value,
            text=columns.text(redact(message.text)),
            created_at=message.created_at,
        )

    async def messages(
        self, session_id: str, *, limit: int = 100, before_id: int | None = None
    ) -> list[SessionMessage]:
        below, values = ("", ()) if before_id is None else (" AND id < $3", (before_id,))
        rest = f"WHERE session_id = $1{below} ORDER BY id DESC LIMIT $2"
        newest_first = await find(self.db, rows.SessionMessage, rest, session_id, limit, *values)
        return [_message(row) for row in reversed(newest_first)]

    async def answer(
        self, session_id: str, *, turn_id: int | None = None
    ) -> SessionMessage | None:
        of_turn, values = ("", ()) if turn_id is None else (" AND turn_id = $3", (turn_id,))
        rest = f"WHERE session_id = $1 AND role = $2{of_turn} ORDER BY id DESC LIMIT 1"
        role = MessageRole.ANSWER.value
        found = await find(self.db, rows.SessionMessage, rest, session_id, role, *values)
        return _message(found[0]) if found else None

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: EventKind,
        data: JsonObject,
        now: datetime,
    ) -> None:
        values = (session_id, turn_id, kind.value, columns.json_text(redact_json(data)), now)
        if is_postgres(self.db):
            await write(self.db, _ADD_IN_ORDER, *values)
        else:
            await fetch(self.db, _ADD, *values)

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        rest = "WHERE session_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        found = await find(self.db, rows.SessionEvent, rest, session_id, last_id, limit)
        return [_event(row) for row in found]

    async def latest(self, session_id: str, *, limit: int) -> list[SessionEvent]:
        rest = "WHERE session_id = $1 ORDER BY id DESC LIMIT $2"
        newest_first = await find(self.db, rows.SessionEvent, rest, session_id, limit)
        return [_event(row) for row in reversed(newest_first)]


def _message(row: rows.SessionMessage) -> SessionMessage:
    return SessionMessage(
        session_id=row.session_id,
        turn_id=row.turn_id,
        role=MessageRole(row.role),
        text=row.text,
        created_at=row.created_at,
        id=row.id,
    )


def _event(row: rows.SessionEvent) -> SessionEvent:
    return SessionEvent(
        id=row.id,
        session_id=row.session_id,
        turn_id=row.turn_id,
        kind=row.kind,
        data=columns.from_json(row.data),
        created_at=row.created_at,
    )
