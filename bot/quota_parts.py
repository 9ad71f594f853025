"""The parts that spare LINE's quota, made of what is open."""

from __future__ import annotations

from datetime import timedelta

from bot.conversation_parts import Shared
from bot.ground import Ground
from orchestrator_core.late_turns import LateTurns
from orchestrator_core.progress import Progress
from orchestrator_core.push_quota import PushQuota
from orchestrator_core.quota import QuotaRules
from orchestrator_core.quota_alarm import QuotaAlarm
from orchestrator_core.upkeep import QuotaRefresh


def quota_rules(ground: Ground) -> QuotaRules:
    config = ground.loaded.config
    return config.quota.rules(config.timezone)


def push_quota(ground: Ground, shared: Shared) -> PushQuota:
    return PushQuota(
        rules=quota_rules(ground),
        messenger=ground.messenger,
        clock=ground.clock,
        metrics=ground.metrics,
        alarm=_alarm(shared),
    )


def quota_refresh(ground: Ground, shared: Shared) -> QuotaRefresh:
    return QuotaRefresh(
        store=ground.store,
        messenger=ground.messenger,
        clock=ground.clock,
        metrics=ground.metrics,
        rules=quota_rules(ground),
        alarm=_alarm(shared),
    )


def late_turns(ground: Ground, shared: Shared) -> LateTurns:
    return LateTurns(
        store=ground.store,
        outbox=shared.outbox,
        rules=quota_rules(ground),
        clock=ground.clock,
        progress=Progress(every=timedelta(minutes=ground.loaded.config.limits.progress_minutes)),
    )


def _alarm(shared: Shared) -> QuotaAlarm:
    return QuotaAlarm(gate=shared.gate, outbox=shared.outbox)
