"""What was said and what happened in a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import JsonObject, MessageRole, SessionEvent, SessionMessage
from storage import columns
from storage import models as rows
from storage.sql import fetch, is_postgres

_MESSAGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SqlSessionLog:
    db: BaseDBAsyncClient

    async def add_message(self, message: SessionMessage) -> None:
        await rows.SessionMessage.create(
            using_db=self.db,
            session_id=message.session_id,
            turn_id=message.turn_id,
            role=message.role.value,
            text=columns.text(message.text),
            created_at=message.created_at,
        )

    async def messages(self, session_id: str) -> list[SessionMessage]:
        query = rows.SessionMessage.filter(session_id=session_id).using_db(self.db)
        newest_first = await query.order_by("-id").limit(_MESSAGES_SHOWN)
        return [_message(row) for row in reversed(newest_first)]

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: str,
        data: JsonObject,
        now: datetime,
    ) -> SessionEvent:
        if is_postgres(self.db):
            # Ids must become visible in order, or a reader that has seen 6 never looks for 5.
            # The session's own row is the lock, which those who write usually hold already.
            await fetch(
                self.db, "SELECT 1 FROM session WHERE id = $1 FOR NO KEY UPDATE", session_id
            )
        row = await rows.SessionEvent.create(
            using_db=self.db,
            session_id=session_id,
            turn_id=turn_id,
            kind=kind,
            data=columns.json_text(data),
            created_at=now,
        )
        return _event(row)

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        query = rows.SessionEvent.filter(session_id=session_id, id__gt=last_id)
        return [_event(row) for row in await query.using_db(self.db).order_by("id").limit(limit)]


def _message(row: rows.SessionMessage) -> SessionMessage:
    return SessionMessage(
        session_id=row.session_id,
        turn_id=row.turn_id,
        role=MessageRole(row.role),
        text=row.text,
        created_at=row.created_at,
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
