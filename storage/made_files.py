"""Copies of the files that turns made, for as long as their links are good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import MadeFile
from storage import columns
from storage import models as rows
from storage.sql import fetch, find_one

_ADD = """
    INSERT INTO made_file
        (id, turn_id, person_id, name, media_type, content, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_DELETE = """
    DELETE FROM made_file WHERE id IN (
        SELECT id FROM made_file WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    RETURNING id"""


@dataclass(frozen=True, slots=True)
class SqlMadeFiles:
    db: BaseDBAsyncClient

    async def add(self, made: MadeFile) -> None:
        whose = (made.id, made.turn_id, made.person_id)
        told = (columns.text(made.name), made.media_type, made.content)
        await fetch(self.db, _ADD, *whose, *told, made.created_at, made.expires_at)

    async def get(self, file_id: str) -> MadeFile | None:
        row = await find_one(self.db, rows.MadeFile, "WHERE id = $1", file_id)
        if row is None:
            return None
        return MadeFile(
            id=row.id,
            turn_id=row.turn_id,
            person_id=row.person_id,
            name=row.name,
            media_type=row.media_type,
            content=bytes(row.content),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )

    async def delete_expired(self, now: datetime, *, limit: int) -> int:
        return len(await fetch(self.db, _DELETE, now, limit))
