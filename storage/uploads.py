"""Files that people sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import MediaKind, NewUpload, Refusal, Upload, UploadState
from storage import columns
from storage import models as rows
from storage.sql import among, fetch, find, from_row, is_postgres

_NEW = (
    *("chat_id", "chat_kind", "person_id", "message_id", "kind", "workspace", "pool"),
    *("created_at", "name", "set_id", "set_total", "reply_token", "reply_token_expires_at"),
    *("state", "due_at", "attempts"),
)
# ruff: noqa: S608 - the statements are made of fixed words
_ADD = f"""
    INSERT INTO upload ({", ".join(_NEW)})
    VALUES ({", ".join(f"${place}" for place in range(1, len(_NEW) + 1))})
    ON CONFLICT (chat_id, message_id) DO NOTHING RETURNING id"""
_DUE = """
    pool = $1 AND state IN ('waiting', 'fetching')
    AND CASE state WHEN 'waiting' THEN due_at ELSE fetching_until END <= $2"""
_TAKE = """
    UPDATE upload SET state = 'fetching', fetcher = $3, fetching_until = $4,
        attempts = attempts + 1
    WHERE id IN (SELECT id FROM upload WHERE {due} ORDER BY id LIMIT $5{locking})
    RETURNING *"""
_RELEASE = """
    UPDATE upload SET state = 'waiting', fetcher = NULL, fetching_until = NULL
    WHERE pool = $1 AND state = 'fetching'"""
_SETTLE = """
    UPDATE upload SET state = $1, due_at = $2, path = $3, media_type = $4, size = $5, why = $6,
        fetcher = NULL, fetching_until = NULL
    WHERE id = $7 AND state = 'fetching' AND fetcher = $8 AND attempts = $9 RETURNING id"""
#: What goes with the person's next prompt.
_OPEN = """
    chat_id = $1 AND person_id = $2 AND created_at >= $3 AND turn_id IS NULL
    AND state IN ('waiting', 'fetching', 'stored')"""
_ATTACH = f"UPDATE upload SET turn_id = $5 WHERE {_OPEN} AND workspace = $4 RETURNING *"
# Told, or they would be confirmed after they were dropped.
_DROP = f"UPDATE upload SET turn_id = 0, told_at = $4 WHERE {_OPEN} RETURNING id"
_UNTOLD = """
    WHERE pool = $1 AND told_at IS NULL AND state IN ('stored', 'refused') ORDER BY id LIMIT $2"""
_WITHDRAW = """
    UPDATE upload SET state = 'withdrawn', name = NULL, reply_token = NULL, fetcher = NULL,
        reply_token_expires_at = NULL, fetching_until = NULL
    WHERE message_id = $1 AND chat_id = $2"""
_TO_REMOVE = "WHERE pool = $1 AND state = 'withdrawn' AND path IS NOT NULL ORDER BY id LIMIT $2"


@dataclass(frozen=True, slots=True)
class SqlUploads:
    db: BaseDBAsyncClient

    async def add(self, upload: NewUpload) -> bool:
        token = columns.token_columns(upload.reply_token)
        values = (
            *(upload.chat.id, upload.chat.kind.value, upload.person_id, upload.message_id),
            *(upload.kind.value, columns.text(upload.workspace), upload.pool, upload.created_at),
            *(columns.optional_text(upload.name), upload.set_id, upload.set_total),
            *(token["reply_token"], token["reply_token_expires_at"]),
            *(UploadState.WAITING.value, upload.created_at, 0),
        )
        return bool(await fetch(self.db, _ADD, *values))

    async def count(self, chat_id: str, person_id: str, *, since: datetime) -> int:
        return len(await self.waiting(chat_id, person_id, since=since))

    async def take(
        self, now: datetime, *, pool: str, fetcher: str, until: datetime, limit: int
    ) -> list[Upload]:
        locking = " FOR UPDATE SKIP LOCKED" if is_postgres(self.db) else ""
        sql = _TAKE.format(due=_DUE, locking=locking)
        return await self._changed(sql, pool, now, fetcher, until, limit)

    async def has_due(self, now: datetime, *, pool: str) -> bool:
        sql = f"SELECT 1 AS due FROM upload WHERE {_DUE} LIMIT 1"
        return bool(await fetch(self.db, sql, pool, now))

    async def release(self, pool: str) -> None:
        await fetch(self.db, _RELEASE, pool)

    async def get(self, upload_id: int) -> Upload | None:
        found = await self._found("WHERE id = $1", upload_id)
        return found[0] if found else None

    async def settle(self, upload: Upload) -> bool:
        result = (upload.state.value, upload.due_at, columns.optional_text(upload.path))
        found = (upload.media_type, upload.size, upload.why.value if upload.why else None)
        held = (upload.id, upload.fetcher, upload.attempts)
        return bool(await fetch(self.db, _SETTLE, *result, *found, *held))

    async def attach(
        self, chat_id: str, person_id: str, *, workspace: str, turn_id: int, since: datetime
    ) -> list[Upload]:
        where = (chat_id, person_id, since, columns.text(workspace))
        return await self._changed(_ATTACH, *where, turn_id)

    async def drop(self, chat_id: str, person_id: str, *, since: datetime, now: datetime) -> int:
        return len(await fetch(self.db, _DROP, chat_id, person_id, since, now))

    async def waiting(self, chat_id: str, person_id: str, *, since: datetime) -> list[Upload]:
        return await self._found(f"WHERE {_OPEN} ORDER BY id", chat_id, person_id, since)

    async def of_turn(self, turn_id: int) -> list[Upload]:
        return await self._found("WHERE turn_id = $1 ORDER BY id", turn_id)

    async def of_set(self, chat_id: str, set_id: str) -> list[Upload]:
        return await self._found("WHERE chat_id = $1 AND set_id = $2 ORDER BY id", chat_id, set_id)

    async def untold(self, pool: str, *, limit: int) -> list[Upload]:
        return await self._found(_UNTOLD, pool, limit)

    async def tell(self, ids: Collection[int], now: datetime) -> list[int]:
        if not ids:
            return []
        condition, values = among(self.db, 2, list(ids))
        sql = (
            f"UPDATE upload SET told_at = $1 WHERE told_at IS NULL AND id {condition} RETURNING id"
        )
        return sorted(row["id"] for row in await fetch(self.db, sql, now, *values))

    async def withdraw(self, chat_id: str, message_id: str) -> None:
        await fetch(self.db, _WITHDRAW, message_id, chat_id)

    async def to_remove(self, pool: str, *, limit: int) -> list[Upload]:
        return await self._found(_TO_REMOVE, pool, limit)

    async def removed(self, upload_id: int) -> None:
        await fetch(self.db, "UPDATE upload SET path = NULL WHERE id = $1", upload_id)

    async def _found(self, rest: str, *values: object) -> list[Upload]:
        return [_upload(row) for row in await find(self.db, rows.Upload, rest, *values)]

    async def _changed(self, sql: str, *values: object) -> list[Upload]:
        changed = await fetch(self.db, sql, *values)
        made = [_upload(from_row(rows.Upload, row)) for row in changed]
        return sorted(made, key=lambda one: one.id)


def _upload(row: rows.Upload) -> Upload:
    chat = columns.chat_of(row.chat_id, row.chat_kind)
    if chat is None:
        raise ValueError("a file without a chat")
    return Upload(
        id=row.id,
        chat=chat,
        person_id=row.person_id,
        message_id=row.message_id,
        kind=MediaKind(row.kind),
        workspace=row.workspace,
        pool=row.pool,
        created_at=row.created_at,
        name=row.name,
        set_id=row.set_id,
        set_total=row.set_total,
        reply_token=columns.token_of(row.reply_token, row.reply_token_expires_at),
        state=UploadState(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        fetcher=row.fetcher,
        fetching_until=row.fetching_until,
        path=row.path,
        media_type=row.media_type,
        size=row.size,
        why=Refusal(row.why) if row.why else None,
        turn_id=row.turn_id,
        told_at=row.told_at,
    )
