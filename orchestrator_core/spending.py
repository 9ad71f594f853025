"""What was spent, as people ask for it: today, this month, day by day, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestrator_core.budgets import Budgets, Span
from orchestrator_core.model import Share, Spending, Spent
from orchestrator_core.ports import Records

DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpent:
    day: date
    usd: Decimal
    estimated: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    month: Spent
    #: The last of them today.
    days: tuple[DaySpent, ...]
    #: Of this month, the largest first.
    sessions: tuple[Spent, ...]
    agents: tuple[Spent, ...]
    models: tuple[Spent, ...]

    @property
    def today(self) -> DaySpent:
        return self.days[-1]


async def overview(records: Records, budgets: Budgets, now: datetime, *, most: int) -> Overview:
    """`most`: how many sessions, agents and models at most."""
    first_of_month = budgets.first(Span.MONTH, now)
    month = Spending(start=first_of_month)
    shares = {
        by: tuple(await records.costs.shares(month, by, limit=most))
        for by in (Share.SESSION, Share.AGENT, Share.MODEL)
    }
    days = await _by_day(records, budgets.zone, now)
    return Overview(
        month=await records.costs.sum(month),
        days=tuple(days),
        sessions=shares[Share.SESSION],
        agents=shares[Share.AGENT],
        models=shares[Share.MODEL],
    )


async def _by_day(records: Records, zone: ZoneInfo, now: datetime) -> list[DaySpent]:
    today = now.astimezone(zone).date()
    found = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        spending = Spending(start=_midnight(day, zone), end=_midnight(day + timedelta(1), zone))
        spent = await records.costs.sum(spending)
        found.append(DaySpent(day=day, usd=spent.usd, estimated=spent.estimated))
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
