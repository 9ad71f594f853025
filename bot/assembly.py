"""Makes the core and the commands of what is open. Opens nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot.line.messenger import LineMessenger
from bot.line.postbacks import Postbacks, derive_key
from bot.line.rendering import LineRenderer
from bot.line.webhook_events import LineEventReader
from bot.roles import Part
from bot.settings import Loaded, claude_options
from commands.prompt import Prompting
from commands.router import Router, all_commands
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.budget import BudgetAlarm, DailyBudget
from orchestrator_core.claude_launcher import ClaudeLauncher, cli_version
from orchestrator_core.courier import Courier
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.heartbeat import Heartbeat
from orchestrator_core.intake import Intake
from orchestrator_core.jobs import SharedJobs, Works
from orchestrator_core.leases import HEARTBEAT_SHARE, LeaseKeeper
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import (
    Clock,
    InboxWriter,
    Leader,
    Metrics,
    RetryBuffer,
    Store,
    Transcripts,
    Wakeups,
)
from orchestrator_core.retention import Retention
from orchestrator_core.scheduler import Job
from orchestrator_core.takeover import TakeOver
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools
from orchestrator_core.upkeep import DailyChecks, QuotaRefresh, free_bytes
from orchestrator_core.warm_clients import WarmClients
from orchestrator_core.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is open, and what was configured."""

    loaded: Loaded
    part: Part
    #: This process's own name among all.
    me: str
    #: There can be no other process on this database.
    alone: bool
    store: Store
    transcripts: Transcripts
    writer: InboxWriter
    wakeups: Wakeups
    retries: RetryBuffer
    messenger: LineMessenger
    #: None: this process does nothing by the clock that is done for all.
    leader: Leader | None
    clock: Clock
    metrics: Metrics

    @property
    def heartbeat(self) -> Heartbeat | None:
        """With other workers about, Claude must not outlive this one's leases."""
        if self.alone:
            return None
        seconds = self.loaded.config.limits.lease_seconds * HEARTBEAT_SHARE
        return Heartbeat(path=self.loaded.settings.denrei_data_dir / "heartbeat", seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    desk: SessionDesk
    budget: DailyBudget
    messenger: LineMessenger
    launcher: ClaudeLauncher
    clients: WarmClients
    intake: Intake
    worker: Worker
    courier: Courier
    #: What this process does by the clock for all.
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What both intake and worker need."""

    postbacks: Postbacks
    outbox: Outbox
    gate: Gate
    budget: DailyBudget
    desk: SessionDesk
    approvals: ApprovalDesk


def assemble(ground: Ground) -> Core:
    settings, limits = ground.loaded.settings, ground.loaded.config.limits
    shared = _shared(ground)
    launcher = ClaudeLauncher(
        replace(
            claude_options(settings),
            transcripts=ground.transcripts,
            heartbeat=ground.heartbeat,
        )
    )
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
    )
    return Core(
        desk=shared.desk,
        budget=shared.budget,
        messenger=ground.messenger,
        launcher=launcher,
        clients=clients,
        intake=_intake(ground, shared),
        worker=_worker(ground, shared, launcher, clients),
        courier=courier,
        jobs=_jobs(ground, courier),
    )


def _shared(ground: Ground) -> _Shared:
    settings, config = ground.loaded.settings, ground.loaded.config
    secret = settings.line_channel_secret.get_secret_value().encode()
    postbacks = Postbacks(derive_key(secret, "postback"))
    outbox = Outbox(renderer=LineRenderer(postbacks))
    gate = Gate(owners=settings.denrei_owners, store=ground.store, messenger=ground.messenger)
    return _Shared(
        postbacks=postbacks,
        outbox=outbox,
        gate=gate,
        budget=DailyBudget(
            limit_usd=settings.denrei_daily_budget_usd or config.budgets.daily_usd,
            zone=config.timezone,
        ),
        desk=SessionDesk(config.agent_book(settings.workspace)),
        approvals=ApprovalDesk(
            store=ground.store,
            wakeups=ground.wakeups,
            outbox=outbox,
            gate=gate,
            clock=ground.clock,
            metrics=ground.metrics,
            timeout=timedelta(minutes=config.policies.approval_timeout_minutes),
        ),
    )


def _intake(ground: Ground, shared: _Shared) -> Intake:
    prompting = Prompting(desk=shared.desk, budget=shared.budget)
    return Intake(
        store=ground.store,
        writer=ground.writer,
        wakeups=ground.wakeups,
        reader=LineEventReader(shared.postbacks),
        conversation=Router(
            registry=all_commands(shared.desk, prompting),
            prompting=prompting,
            approvals=shared.approvals,
        ),
        gate=shared.gate,
        outbox=shared.outbox,
        clock=ground.clock,
        metrics=ground.metrics,
    )


def _worker(
    ground: Ground, shared: _Shared, launcher: ClaudeLauncher, clients: WarmClients
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
        tools=RunTools(
            store=ground.store,
            clients=clients,
            leases=leases,
            approvals=shared.approvals,
            messenger=ground.messenger,
            clock=ground.clock,
            metrics=ground.metrics,
            timeout=timedelta(minutes=limits.turn_timeout_minutes),
        ),
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


def _closer(ground: Ground, shared: _Shared) -> TurnCloser:
    return TurnCloser(
        store=ground.store,
        outbox=shared.outbox,
        approvals=shared.approvals,
        alarm=BudgetAlarm(budget=shared.budget, gate=shared.gate, outbox=shared.outbox),
        clock=ground.clock,
        metrics=ground.metrics,
    )


def _jobs(ground: Ground, courier: Courier) -> tuple[Job, ...]:
    if ground.leader is None:
        return ()
    settings, config = ground.loaded.settings, ground.loaded.config
    folders = {"data": settings.denrei_data_dir, "workspace": settings.workspace}
    works = Works(
        sweep=courier.sweep,
        quota=QuotaRefresh(messenger=ground.messenger, metrics=ground.metrics).run,
        retention=Retention(
            store=ground.store,
            clock=ground.clock,
            keep=config.retention.spans(),
            transcripts=ground.transcripts,
            keep_transcripts=timedelta(days=config.retention.transcripts_days),
        ).run,
        checks=DailyChecks(
            store=ground.store,
            metrics=ground.metrics,
            folders=folders if ground.part.runs_claude else {},
            least_free_bytes=int(config.daily.least_free_gb * 10**9),
            free_bytes=free_bytes,
            cli_version=(
                partial(cli_version, settings.denrei_claude_path)
                if ground.part.runs_claude
                else None
            ),
        ).run,
    )
    shared = SharedJobs(
        store=ground.store,
        leader=ground.leader,
        clock=ground.clock,
        metrics=ground.metrics,
        runner=ground.me,
    )
    return shared.looks(*works.by_the_clock(hour=config.daily.hour, zone=config.timezone))
