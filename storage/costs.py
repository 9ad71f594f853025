"""The books: what was spent, and which alerts of a budget were given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import CostEntry
from storage import columns
from storage.late_writes import Write
from storage.sql import fetch, write

_SPENT = "SELECT SUM(usd_billionths) AS total FROM cost_entry WHERE created_at >= $1"
_BOOK = """
    INSERT INTO cost_entry (session_id, turn_id, run, usd_billionths, usage, created_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id"""
_BOOK_LATE = Write(
    table="cost_entry",
    one=_BOOK,
    many="""
    INSERT INTO cost_entry (session_id, turn_id, run, usd_billionths, usage, created_at)
    SELECT * FROM unnest
        ($1::text[], $2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::timestamptz[])
    ON CONFLICT DO NOTHING""",
)
_ALERT = """
    INSERT INTO budget_alert (budget_window, percent) VALUES ($1, $2)
    ON CONFLICT DO NOTHING RETURNING id"""


@dataclass(frozen=True, slots=True)
class SqlCosts:
    db: BaseDBAsyncClient

    async def add(self, entry: CostEntry) -> bool:
        return bool(await fetch(self.db, _BOOK, *_columns(entry)))

    async def book(self, entry: CostEntry) -> None:
        await write(self.db, _BOOK_LATE, *_columns(entry))

    async def spent_since(self, start: datetime) -> Decimal:
        found = await fetch(self.db, _SPENT, start)
        return columns.usd(int(found[0]["total"] or 0))

    async def first_alert(self, window: str, percent: int) -> bool:
        return bool(await fetch(self.db, _ALERT, window, percent))


def _columns(entry: CostEntry) -> tuple[object, ...]:
    usd, usage = columns.billionths(entry.usd), columns.json_text(entry.usage)
    return (entry.session_id, entry.turn_id, entry.run, usd, usage, entry.created_at)
