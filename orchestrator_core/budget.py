"""The daily budget: how much is left, when to warn, when prompts must wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestrator_core.gate import Gate
from orchestrator_core.messages import Card, Fact
from orchestrator_core.model import Language
from orchestrator_core.money import dollars
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Records
from orchestrator_core.texts import texts_in

USED_UP_PERCENT = 100
ALERT_PERCENTS = (80, USED_UP_PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBudget:
    #: None: no limit.
    limit_usd: Decimal | None
    zone: ZoneInfo

    def day_start(self, now: datetime) -> datetime:
        day = now.astimezone(self.zone).date()
        # Where midnight comes twice, the first: an hour spent must not be forgotten.
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def day_end(self, now: datetime) -> datetime:
        """The next midnight of the zone, also on days with a clock change."""
        tomorrow = self.day_start(now).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.zone)

    def window(self, now: datetime) -> str:
        return f"day:{self.day_start(now).date().isoformat()}"

    async def used_up(self, records: Records, now: datetime) -> bool:
        if self.limit_usd is None:
            return False
        return await records.costs.spent_since(self.day_start(now)) >= self.limit_usd

    async def waits_until(self, records: Records, now: datetime) -> datetime | None:
        """When prompts run again; None while there is money left."""
        return self.day_end(now) if await self.used_up(records, now) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetAlarm:
    """Tells the owners, once a day each, that 80 and 100 % are spent."""

    budget: DailyBudget
    gate: Gate
    outbox: Outbox

    async def check(self, records: Records, now: datetime) -> None:
        limit = self.budget.limit_usd
        if limit is None:
            return
        spent = await records.costs.spent_since(self.budget.day_start(now))
        reached = [percent for percent in ALERT_PERCENTS if spent * 100 >= limit * percent]
        # All that were passed are remembered; only the highest is worth a message.
        first = [
            percent
            for percent in reached
            if await records.costs.first_alert(self.budget.window(now), percent)
        ]
        if first:
            await self._tell(records, max(first), spent, limit, now)

    async def _tell(
        self, records: Records, percent: int, spent: Decimal, limit: Decimal, now: datetime
    ) -> None:
        for owner, origin in await self.gate.owners_at_home(records):
            card = alert_card(owner.language, percent=percent, spent=spent, limit=limit)
            await self.outbox.put(records, [card], to=origin, now=now)


def alert_card(language: Language, *, percent: int, spent: Decimal, limit: Decimal) -> Card:
    say = texts_in(language)
    stage = "used_up" if percent >= USED_UP_PERCENT else "warning"
    return Card(
        title=say(f"budget.{stage}.title", percent=percent),
        summary=say(
            f"budget.{stage}.summary", percent=percent, spent=dollars(spent), limit=dollars(limit)
        ),
        text=say(f"budget.{stage}.text"),
        facts=(
            Fact(label=say("budget.spent"), value=dollars(spent)),
            Fact(label=say("budget.limit"), value=dollars(limit)),
        ),
    )
