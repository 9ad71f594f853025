"""Makes the core of what is open: everything that `denrei serve` runs. Opens nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.conversation_parts import Shared, intake_of, shared_parts
from bot.ground import Ground
from bot.job_parts import jobs_of
from bot.line.messenger import LineMessenger
from bot.media_parts import fetcher_of, offers_of, words_of
from bot.money_parts import metering
from bot.people_parts import Desks
from bot.quota_parts import push_quota
from bot.settings import claude_options
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import Budgets
from orchestrator_core.claude_launcher import ClaudeLauncher
from orchestrator_core.courier import Courier
from orchestrator_core.desk import SessionDesk
from orchestrator_core.fetching import Fetcher
from orchestrator_core.intake import Intake
from orchestrator_core.leases import LeaseKeeper
from orchestrator_core.scheduler import Job
from orchestrator_core.schedules import ScheduleDesk
from orchestrator_core.takeover import TakeOver
from orchestrator_core.tool_policy import ToolPolicy
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools
from orchestrator_core.warm_clients import WarmClients
from orchestrator_core.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    desk: SessionDesk
    desks: Desks
    budget: Budgets
    schedules: ScheduleDesk
    messenger: LineMessenger
    launcher: ClaudeLauncher
    clients: WarmClients
    intake: Intake
    worker: Worker
    courier: Courier
    fetcher: Fetcher
    #: What this process does by the clock for all.
    jobs: tuple[Job, ...]


def assemble(ground: Ground) -> Core:
    limits = ground.loaded.config.limits
    shared = shared_parts(ground)
    launcher = _launcher(ground)
    clients = WarmClients(
        launcher,
        ground.clock,
        idle_for=timedelta(minutes=limits.warm_idle_minutes),
        most=limits.warm_clients,
    )
    courier = Courier(
        me=ground.me,
        store=ground.store,
        wakeups=ground.wakeups,
        retries=ground.retries,
        messenger=ground.messenger,
        clock=ground.clock,
        metrics=ground.metrics,
        quota=push_quota(ground, shared),
    )
    return Core(
        desk=shared.desk,
        desks=shared.desks,
        budget=shared.budget,
        schedules=shared.schedules,
        messenger=ground.messenger,
        launcher=launcher,
        clients=clients,
        intake=intake_of(ground, shared),
        worker=_worker(ground, shared, launcher, clients),
        courier=courier,
        fetcher=fetcher_of(ground, shared.outbox),
        jobs=jobs_of(ground, courier, shared),
    )


def _launcher(ground: Ground) -> ClaudeLauncher:
    config = ground.loaded.config
    options = claude_options(ground.loaded.settings)
    policy = ToolPolicy(
        rulebook=config.guard.rulebook(),
        second_person=frozenset(config.policies.second_person or ()),
    )
    return ClaudeLauncher(
        replace(options, policy=policy, transcripts=ground.transcripts, heartbeat=ground.heartbeat)
    )


def _worker(
    ground: Ground, shared: Shared, launcher: ClaudeLauncher, clients: WarmClients
) -> Worker:
    limits = ground.loaded.config.limits
    leases = LeaseKeeper(
        store=ground.store,
        clock=ground.clock,
        me=ground.me,
        pool=ground.part.pool,
        lease_for=timedelta(seconds=limits.lease_seconds),
        alone=ground.alone,
        heartbeat=ground.heartbeat,
    )
    closer = _closer(ground, shared)
    return Worker(
        tools=_tools(ground, shared, leases, clients, closer),
        closer=closer,
        takeover=TakeOver(
            store=ground.store,
            leases=leases,
            launcher=launcher,
            closer=closer,
            metrics=ground.metrics,
        ),
        agents=shared.desk.agents,
        budget=shared.budget,
        wakeups=ground.wakeups,
        most_at_once=limits.concurrent_runs,
        drain_for=timedelta(seconds=limits.drain_seconds),
    )


def _tools(
    ground: Ground,
    shared: Shared,
    leases: LeaseKeeper,
    clients: WarmClients,
    closer: TurnCloser,
) -> RunTools:
    return RunTools(
        store=ground.store,
        clients=clients,
        leases=leases,
        approvals=shared.approvals,
        messenger=ground.messenger,
        clock=ground.clock,
        metrics=ground.metrics,
        timeout=timedelta(minutes=ground.loaded.config.limits.turn_timeout_minutes),
        metering=metering(ground.store, closer.alarm, ground.clock, ground.metrics),
        words=words_of(ground),
        offers=offers_of(ground),
    )


def _closer(ground: Ground, shared: Shared) -> TurnCloser:
    return TurnCloser(
        store=ground.store,
        outbox=shared.outbox,
        approvals=shared.approvals,
        alarm=BudgetAlarm(budget=shared.budget, gate=shared.gate, outbox=shared.outbox),
        clock=ground.clock,
        metrics=ground.metrics,
    )
