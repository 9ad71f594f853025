"""Webhook events once they are stored. Writing them is the inbox writer's."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import InboxEvent, InboxState
from storage import columns
from storage import models as rows
from storage.sql import fetch, from_row, is_postgres

#: One snapshot is enough: an event that is no longer new in it will never be so again.
_TAKE = """
    SELECT e.* FROM inbox_event e WHERE e.id = $1 AND e.state = 'new' AND NOT EXISTS
        (SELECT 1 FROM inbox_event b WHERE b.chat_id = e.chat_id AND b.state = 'new'
         AND (b.timestamp_ms, b.id) < (e.timestamp_ms, e.id))"""
#: A chat is in one process's hands at a time: of two events that reach two processes together,
#: neither may act on what the other is just changing. Chats whose hashes are the same only make
#: way for each other.
_ALONE = """
    AND (e.chat_id IS NULL OR pg_try_advisory_xact_lock(1145393746, hashtext(e.chat_id)))
    FOR UPDATE OF e SKIP LOCKED"""

#: Written by hand, since every message asks it.
_OF_MESSAGE = "SELECT * FROM inbox_event WHERE message_id = $1 AND chat_id = $2 ORDER BY id"


@dataclass(frozen=True, slots=True)
class SqlInbox:
    db: BaseDBAsyncClient

    async def new(self, limit: int) -> list[InboxEvent]:
        query = rows.InboxEvent.filter(state=InboxState.NEW.value).using_db(self.db)
        return [_event(row) for row in await query.order_by("timestamp_ms", "id").limit(limit)]

    async def take(self, event_id: int) -> InboxEvent | None:
        # On SQLite a transaction that writes is alone anyway.
        take = _TAKE + _ALONE if is_postgres(self.db) else _TAKE
        found = await fetch(self.db, take, event_id)
        return _event(from_row(rows.InboxEvent, found[0])) if found else None

    async def save(self, event: InboxEvent) -> None:
        query = rows.InboxEvent.filter(id=event.id).using_db(self.db)
        await query.update(state=event.state.value, failures=event.failures)

    async def rewrite(self, event_id: int, payload: str) -> None:
        query = rows.InboxEvent.filter(id=event_id).using_db(self.db)
        await query.update(payload=columns.text(payload))

    async def of_message(self, chat_id: str, message_id: str) -> list[InboxEvent]:
        found = await fetch(self.db, _OF_MESSAGE, message_id, chat_id)
        return [_event(from_row(rows.InboxEvent, row)) for row in found]

    async def is_overtaken(self, event: InboxEvent) -> bool:
        later = rows.InboxEvent.filter(
            chat_id=event.chat_id,
            state=InboxState.DONE.value,
            timestamp_ms__gt=event.timestamp_ms,
        )
        return await later.using_db(self.db).exists()

    async def last_id(self) -> int:
        newest = rows.InboxEvent.all().using_db(self.db).order_by("-id").limit(1)
        found = await newest.values_list("id", flat=True)
        return int(str(found[0])) if found else 0


def _event(row: rows.InboxEvent) -> InboxEvent:
    return InboxEvent(
        id=row.id,
        webhook_event_id=row.webhook_event_id,
        chat_id=row.chat_id,
        timestamp_ms=row.timestamp_ms,
        payload=row.payload,
        state=InboxState(row.state),
        received_at=row.received_at,
        failures=row.failures,
        message_id=row.message_id,
    )
