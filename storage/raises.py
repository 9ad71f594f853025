"""What people granted on top of a budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import Raise, Raised
from storage import columns
from storage import models as rows
from storage.sql import add, fetch, find_one

_OF = """
    SELECT SUM(usd_billionths) AS total, COUNT(*) AS times FROM budget_raise
    WHERE budget_window = $1"""
_LIFTED = """
    WHERE budget_window = $1 AND usd_billionths IS NULL AND until > $2
    ORDER BY until DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class SqlRaises:
    db: BaseDBAsyncClient

    async def add(self, granted: Raise) -> None:
        await add(
            self.db,
            rows.BudgetRaise,
            budget_window=granted.window,
            usd_billionths=None if granted.usd is None else columns.billionths(granted.usd),
            until=granted.until,
            actor=granted.actor,
            created_at=granted.created_at,
        )

    async def of(self, window: str, now: datetime) -> Raised:
        (sums,) = await fetch(self.db, _OF, window)
        lifted = await find_one(self.db, rows.BudgetRaise, _LIFTED, window, now)
        return Raised(
            usd=columns.usd(int(sums["total"] or 0)),
            lifted_until=lifted.until if lifted else None,
            times=int(sums["times"]),
        )
