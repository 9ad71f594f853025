"""Webhook events once they are stored. Writing them is the inbox writer's."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import InboxEvent, InboxState
from storage import models as rows


@dataclass(frozen=True, slots=True)
class SqlInbox:
    db: BaseDBAsyncClient

    async def new(self, limit: int) -> list[InboxEvent]:
        query = rows.InboxEvent.filter(state=InboxState.NEW.value).using_db(self.db)
        return [_event(row) for row in await query.order_by("id").limit(limit)]

    async def lock(self, event_id: int) -> InboxEvent:
        query = rows.InboxEvent.filter(id=event_id).using_db(self.db)
        row = await query.select_for_update().first()
        if row is None:
            raise NotFoundError(f"webhook event {event_id}")
        return _event(row)

    async def save(self, event: InboxEvent) -> None:
        query = rows.InboxEvent.filter(id=event.id).using_db(self.db)
        await query.update(state=event.state.value, failures=event.failures)


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
    )
