"""Messages on their way out, chat by chat in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Delivery, DeliveryState, NewDelivery
from storage import columns
from storage import models as rows
from storage.sql import fetch

_HEADS = """
    SELECT d.id FROM delivery d
    WHERE d.state IN ('pending', 'sending') AND d.due_at <= $1 AND NOT EXISTS
        (SELECT 1 FROM delivery e WHERE e.chat_id = d.chat_id
         AND e.state IN ('pending', 'sending') AND e.id < d.id)
    ORDER BY d.id LIMIT $2"""


@dataclass(frozen=True, slots=True)
class SqlDeliveries:
    db: BaseDBAsyncClient

    async def add(self, delivery: NewDelivery) -> Delivery:
        row = await rows.Delivery.create(
            using_db=self.db,
            chat_id=delivery.chat_id,
            messages=columns.json_text(delivery.messages),
            retry_key=delivery.retry_key,
            created_at=delivery.created_at,
            **columns.token_columns(delivery.reply_token),
            turn_id=delivery.turn_id,
            state=DeliveryState.PENDING.value,
            due_at=delivery.created_at,
        )
        return _delivery(row)

    async def heads(self, now: datetime, limit: int) -> list[Delivery]:
        ids = [row["id"] for row in await fetch(self.db, _HEADS, now, limit)]
        if not ids:
            return []
        found = rows.Delivery.filter(id__in=ids).using_db(self.db).order_by("id")
        return [_delivery(row) for row in await found]

    async def lock(self, delivery_id: int) -> Delivery:
        query = rows.Delivery.filter(id=delivery_id).using_db(self.db)
        row = await query.select_for_update().first()
        if row is None:
            raise NotFoundError(f"delivery {delivery_id}")
        return _delivery(row)

    async def save(self, delivery: Delivery) -> None:
        query = rows.Delivery.filter(id=delivery.id).using_db(self.db)
        await query.update(**_changing(delivery))

    async def in_states(self, states: Sequence[str], limit: int) -> list[Delivery]:
        query = rows.Delivery.filter(state__in=[str(state) for state in states])
        found = query.using_db(self.db).order_by("id").limit(limit)
        return [_delivery(row) for row in await found]


def _changing(delivery: Delivery) -> dict[str, Any]:
    return {
        **columns.token_columns(delivery.reply_token),
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "pushed_at": delivery.pushed_at,
        "due_at": delivery.due_at,
        "sent_at": delivery.sent_at,
        "last_error": columns.optional_text(delivery.last_error),
    }


def _delivery(row: rows.Delivery) -> Delivery:
    return Delivery(
        id=row.id,
        chat_id=row.chat_id,
        messages=tuple(columns.from_json(row.messages)),
        retry_key=row.retry_key,
        created_at=row.created_at,
        reply_token=columns.token_of(row.reply_token, row.reply_token_expires_at),
        turn_id=row.turn_id,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        pushed_at=row.pushed_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        last_error=row.last_error,
    )
