"""Who decided what."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import AuditEntry
from storage import columns
from storage import models as rows
from storage.sql import add


@dataclass(frozen=True, slots=True)
class SqlAudit:
    db: BaseDBAsyncClient

    async def add(self, entry: AuditEntry) -> None:
        await add(
            self.db,
            rows.AuditEntry,
            actor=entry.actor,
            action=entry.action,
            detail=columns.json_text(entry.detail),
            created_at=entry.created_at,
            session_id=entry.session_id,
        )
