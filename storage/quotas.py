"""What was pushed each month, and the turns whose reply token is about to end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import QuotaCount
from storage import models as rows
from storage.sql import fetch, find_one, update

_LATEST = "WHERE month <= $1 ORDER BY month DESC LIMIT 1"
_BEGIN = """
    INSERT INTO push_quota (month, most, told, counted, counted_when_told)
    VALUES ($1, $2, 0, 0, 0) ON CONFLICT (month) DO NOTHING RETURNING month"""
_ENDING = """
    SELECT session_id, id FROM turn WHERE state IN ('queued', 'running')
    AND reply_token_expires_at > $1 AND reply_token_expires_at <= $2
    ORDER BY session_id, id LIMIT $3"""


@dataclass(frozen=True, slots=True)
class SqlQuotas:
    db: BaseDBAsyncClient

    async def get(self, month: str) -> QuotaCount:
        row = await find_one(self.db, rows.PushQuota, _LATEST, month)
        if row is None:
            return QuotaCount(month=month)
        return _count(row) if row.month == month else QuotaCount(month=month, limit=row.most)

    async def lock(self, month: str) -> QuotaCount:
        known = await self.get(month)
        await fetch(self.db, _BEGIN, month, known.limit)
        row = await find_one(self.db, rows.PushQuota, "WHERE month = $1", month, lock=True)
        return _count(row) if row else known

    async def save(self, count: QuotaCount) -> None:
        await update(
            self.db,
            rows.PushQuota,
            count.month,
            most=count.limit,
            told=count.told,
            told_at=count.told_at,
            counted=count.counted,
            counted_when_told=count.counted_when_told,
        )

    async def tokens_ending(
        self, after: datetime, until: datetime, *, limit: int
    ) -> list[tuple[str, int]]:
        found = await fetch(self.db, _ENDING, after, until, limit)
        return [(row["session_id"], row["id"]) for row in found]


def _count(row: rows.PushQuota) -> QuotaCount:
    return QuotaCount(
        month=row.month,
        limit=row.most,
        told=row.told,
        told_at=row.told_at,
        counted=row.counted,
        counted_when_told=row.counted_when_told,
    )
