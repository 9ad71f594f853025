"""Warns the owners before the channel's monthly quota is used up: once a month for each mark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.gate import Gate
from orchestrator_core.messages import Button, Card, Fact
from orchestrator_core.model import DeliveryKind, Language, QuotaCount
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Metrics, Records
from orchestrator_core.texts import texts_in

USED_UP_PERCENT = 100
WARNED_PERCENTS = (80, 95, USED_UP_PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaAlarm:
    gate: Gate
    outbox: Outbox

    async def check(
        self, records: Records, count: QuotaCount, now: datetime, *, since: int = 0
    ) -> None:
        """`since`: how many percent were used when it was checked last."""
        passed = [mark for mark in WARNED_PERCENTS if since < mark <= count.percent]
        # All that were passed are remembered; only the highest is worth a message.
        first = [
            mark
            for mark in passed
            if await records.costs.first_alert(f"quota:{count.month}", mark)
        ]
        if not first:
            return
        for owner, origin in await self.gate.owners_at_home(records):
            card = warning_card(owner.language, count, max(first))
            await self.outbox.put(
                records,
                [card],
                to=origin,
                now=now,
                is_owed=False,
                kind=DeliveryKind.ALERT,
            )


def warning_card(language: Language, count: QuotaCount, percent: int) -> Card:
    say = texts_in(language)
    stage = "used_up" if percent >= USED_UP_PERCENT else "warning"
    used = say("quota.of", used=count.used, limit=count.limit)
    return Card(
        title=say(f"quota.{stage}.title", percent=percent),
        summary=say(f"quota.{stage}.summary", percent=percent, used=used),
        text=say(f"quota.{stage}.text"),
        facts=(Fact(label=say("quota.used"), value=used),),
        buttons=(Button(label=say("button.quota"), command="/quota"),),
    )


def note_count(metrics: Metrics, count: QuotaCount) -> None:
    metrics.level("line_quota_limit", math.inf if count.limit is None else count.limit)
    metrics.level("line_quota_used", count.used)
    metrics.level("line_quota_left", math.inf if count.left is None else count.left)
