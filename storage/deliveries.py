"""Messages on their way out, chat by chat in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    NewDelivery,
    ReplyToken,
)
from storage import columns
from storage import models as rows
from storage.sql import (
    add,
    among,
    fetch,
    find_one,
    from_row,
    insert,
    is_postgres,
    places,
    update,
)

Row = dict[str, Any]

#: Of all chats asked about at once; what is not seen goes out later.
MOST_BESIDE = 500

#: What in the same chat comes before the pending delivery `{d}`. The states are named first so
#: that the index leads past all that was sent there before.
_AHEAD = """
    SELECT 1 FROM delivery e WHERE e.chat_id = {d}.chat_id
    AND e.state IN ('pending', 'sending') AND (e.state = 'sending' OR e.id < {d}.id)"""
_READY = f"""
    SELECT d.id FROM delivery d WHERE d.state = 'pending' AND d.due_at <= $1
    AND NOT EXISTS ({_AHEAD.format(d="d")})
    ORDER BY d.id"""  # noqa: S608 - fixed words
_TAKE = f"""
    UPDATE delivery SET state = 'sending', sender = $1, sending_until = $2, attempts = attempts + 1
    WHERE id IN ({{ids}}) AND state = 'pending' AND due_at <= $3
    AND NOT EXISTS ({_AHEAD.format(d="delivery")}) RETURNING *"""  # noqa: S608 - fixed words
_SENDING = "SELECT * FROM delivery WHERE state = 'sending'"
_OVERDUE = "(sending_until IS NULL OR sending_until <= $1)"
_HAS_WORK = f"""
    SELECT 1 AS work WHERE EXISTS ({_SENDING} AND {_OVERDUE}) OR EXISTS ({_READY})"""
_RELEASE = """
    UPDATE delivery SET state = 'pending' WHERE state = 'held' AND due_at <= $1 RETURNING id"""
#: A push that may have arrived goes on as one, under its retry key.
_BESIDE = """
    SELECT * FROM delivery WHERE chat_id {chats} AND state IN ('pending', 'inbox', 'held')
    AND pushed_at IS NULL AND packed_with IS NULL AND (state <> 'pending' OR due_at <= $1)
    ORDER BY state DESC, id LIMIT $2"""
_KEPT = """
    SELECT * FROM delivery WHERE chat_id = $1 AND state IN ('inbox', 'held')
    AND pushed_at IS NULL ORDER BY id LIMIT $2"""
_LET_GO = """
    UPDATE delivery SET state = 'pending', due_at = $1
    WHERE chat_id = $2 AND state = 'inbox' RETURNING id"""
_PACKED_WITH = """
    SELECT * FROM delivery WHERE chat_id = $1 AND state = 'pending'
    AND packed_with = $2 AND id <> $2 ORDER BY id"""
_PROMISED = """
    SELECT 1 AS promised WHERE EXISTS
        (SELECT 1 FROM delivery d WHERE d.chat_id = $1 AND d.state IN ('pending', 'sending')
         AND d.reply_token = $2)
    OR EXISTS
        (SELECT 1 FROM turn t WHERE t.state IN ('queued', 'held', 'running')
         AND t.chat_id = $1 AND t.reply_token = $2)"""
_DROP = """
    UPDATE delivery SET state = 'dead', last_error = $1, reply_token = NULL,
        reply_token_expires_at = NULL, sender = NULL, sending_until = NULL
    WHERE chat_id = $2 AND state IN ('pending', 'sending', 'held', 'inbox')
    RETURNING id"""
_OFFER = """
    UPDATE delivery SET offered_at = $1
    WHERE chat_id = $2 AND state = 'unconfirmed' AND offered_at IS NULL RETURNING *"""


@dataclass(frozen=True, slots=True)
class SqlDeliveries:
    db: BaseDBAsyncClient

    async def add(self, delivery: NewDelivery) -> Delivery:
        delivery_id = await insert(self.db, rows.Delivery, **_new_columns(delivery))
        return Delivery(
            id=delivery_id,
            chat_id=delivery.chat_id,
            messages=delivery.messages,
            retry_key=delivery.retry_key,
            created_at=delivery.created_at,
            reply_token=delivery.reply_token,
            turn_id=delivery.turn_id,
            state=DeliveryState.PENDING,
            due_at=delivery.created_at,
            kind=delivery.kind,
        )

    async def post(self, delivery: NewDelivery) -> None:
        await add(self.db, rows.Delivery, **_new_columns(delivery))

    async def has_work(self, now: datetime) -> bool:
        return bool(await fetch(self.db, _HAS_WORK, now))

    async def take(
        self, now: datetime, *, sender: str, until: datetime, limit: int
    ) -> list[Delivery]:
        ready = await fetch(self.db, f"{_READY} LIMIT $2{self._passing_over('OF d')}", now, limit)
        if not ready:
            return []
        # Looked at again under the lock: what was seen before it may be a moment old.
        take = _TAKE.format(ids=places(4, len(ready)))
        ids = [row["id"] for row in ready]
        return _by_id(await fetch(self.db, take, sender, until, now, *ids))

    async def lost(self, now: datetime | None, limit: int) -> list[Delivery]:
        end = f"ORDER BY id LIMIT {limit:d}{self._passing_over()}"
        if now is None:
            return _by_id(await fetch(self.db, f"{_SENDING} {end}"))
        return _by_id(await fetch(self.db, f"{_SENDING} AND {_OVERDUE} {end}", now))

    async def lock(self, delivery_id: int) -> Delivery:
        row = await find_one(self.db, rows.Delivery, "WHERE id = $1", delivery_id, lock=True)
        if row is None:
            raise NotFoundError(f"delivery {delivery_id}")
        return _delivery(row)

    async def save(self, delivery: Delivery) -> None:
        await update(self.db, rows.Delivery, delivery.id, **_changing(delivery))

    async def save_if_held(self, delivery: Delivery, *, by: str) -> bool:
        held = rows.Delivery.filter(
            id=delivery.id,
            state=DeliveryState.SENDING.value,
            sender=by,
            attempts=delivery.attempts,
        )
        return await held.using_db(self.db).update(**_changing(delivery)) == 1

    async def drop(self, chat_id: str, *, why: str) -> int:
        return len(await fetch(self.db, _DROP, why, chat_id))

    async def release_held(self, now: datetime) -> int:
        return len(await fetch(self.db, _RELEASE, now))

    async def beside(self, chat_ids: Collection[str], now: datetime) -> dict[str, list[Delivery]]:
        those, values = among(self.db, 3, list(chat_ids))
        sql = _BESIDE.format(chats=those) + self._passing_over()
        found = [_read(row) for row in await fetch(self.db, sql, now, MOST_BESIDE, *values)]
        beside = dict[str, list[Delivery]]()
        for one in found:
            beside.setdefault(one.chat_id, []).append(one)
        return beside

    async def packed_with(self, first: Delivery) -> list[Delivery]:
        sql = _PACKED_WITH + (" FOR UPDATE" if is_postgres(self.db) else "")
        return _by_id(await fetch(self.db, sql, first.chat_id, first.id))

    async def kept(self, chat_id: str, *, limit: int) -> list[Delivery]:
        return _by_id(await fetch(self.db, _KEPT + self._passing_over(), chat_id, limit))

    async def let_go(self, chat_id: str, now: datetime) -> int:
        return len(await fetch(self.db, _LET_GO, now, chat_id))

    async def is_promised(self, chat_id: str, token: ReplyToken) -> bool:
        return bool(await fetch(self.db, _PROMISED, chat_id, token.value))

    async def waiting(
        self, now: datetime, *, after_id: int, limit: int
    ) -> list[tuple[int, datetime]]:
        query = rows.Delivery.filter(
            state=DeliveryState.PENDING.value, due_at__gt=now, id__gt=after_id
        )
        found = query.using_db(self.db).order_by("id").limit(limit)
        return [(row.id, row.due_at) for row in await found.only("id", "due_at")]

    async def offer(self, chat_id: str, now: datetime) -> list[Delivery]:
        return _by_id(await fetch(self.db, _OFFER, now, chat_id))

    async def offered(self, chat_id: str, offered_at: datetime) -> list[Delivery]:
        query = rows.Delivery.filter(
            chat_id=chat_id, state=DeliveryState.UNCONFIRMED.value, offered_at=offered_at
        )
        found = query.using_db(self.db).order_by("id").select_for_update()
        return [_delivery(row) for row in await found]

    async def by_key(self, retry_key: str) -> Delivery | None:
        row = await rows.Delivery.filter(retry_key=retry_key).using_db(self.db).first()
        return _delivery(row) if row else None

    async def count(self, state: DeliveryState) -> int:
        return await rows.Delivery.filter(state=state.value).using_db(self.db).count()

    async def page(
        self, states: Sequence[DeliveryState], *, limit: int, before_id: int | None = None
    ) -> list[Delivery]:
        query = rows.Delivery.filter(state__in=[state.value for state in states])
        if before_id is not None:
            query = query.filter(id__lt=before_id)
        found = query.using_db(self.db).order_by("-id").limit(limit)
        return [_delivery(row) for row in await found]

    def _passing_over(self, table: str = "") -> str:
        """Lock the rows found; those that others have locked are passed over, not waited for."""
        return f" FOR UPDATE {table} SKIP LOCKED" if is_postgres(self.db) else ""


def _by_id(found: Sequence[Row]) -> list[Delivery]:
    # RETURNING gives them in any order.
    return sorted(map(_read, found), key=lambda delivery: delivery.id)


def _read(row: Row) -> Delivery:
    return _delivery(from_row(rows.Delivery, row))


def _new_columns(delivery: NewDelivery) -> Row:
    return {
        "chat_id": delivery.chat_id,
        "messages": columns.json_text(delivery.messages),
        "retry_key": delivery.retry_key,
        "created_at": delivery.created_at,
        **columns.token_columns(delivery.reply_token),
        "turn_id": delivery.turn_id,
        "state": DeliveryState.PENDING.value,
        "due_at": delivery.created_at,
        "kind": delivery.kind.value,
    }


def _changing(delivery: Delivery) -> Row:
    return {
        **columns.token_columns(delivery.reply_token),
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "pushed_at": delivery.pushed_at,
        "due_at": delivery.due_at,
        "sent_at": delivery.sent_at,
        "last_error": columns.optional_text(delivery.last_error),
        "sender": delivery.sender,
        "sending_until": delivery.sending_until,
        "offered_at": delivery.offered_at,
        "packed_with": delivery.packed_with,
        "charged": delivery.charged,
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
        sender=row.sender,
        sending_until=row.sending_until,
        offered_at=row.offered_at,
        kind=DeliveryKind(row.kind) if row.kind else DeliveryKind.ANSWER,
        packed_with=row.packed_with,
        charged=row.charged or 0,
    )
