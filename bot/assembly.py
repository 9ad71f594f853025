"""Makes the core and the commands of what is open. Opens nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.line.messenger import LineMessenger
from bot.line.postbacks import Postbacks, derive_key
from bot.line.rendering import LineRenderer
from bot.line.webhook_events import LineEventReader
from bot.settings import Loaded, claude_environment
from commands.prompt import Prompting
from commands.router import Router, all_commands
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.budget import BudgetAlarm, DailyBudget
from orchestrator_core.claude_launcher import ClaudeLauncher, ClaudeOptions
from orchestrator_core.courier import Courier
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.intake import Intake
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import (
    Clock,
    InboxWriter,
    Metrics,
    RetryBuffer,
    Store,
    Wakeups,
)
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools
from orchestrator_core.warm_clients import WarmClients
from orchestrator_core.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is open, and what was configured."""

    loaded: Loaded
    store: Store
    writer: InboxWriter
    wakeups: Wakeups
    retries: RetryBuffer
    messenger: LineMessenger
    clock: Clock
    metrics: Metrics


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
    launcher = ClaudeLauncher(ClaudeOptions(environment=claude_environment(settings)))
    clients = WarmClients(
        launcher,
        ground.clock,
        idle_for=timedelta(minutes=limits.warm_idle_minutes),
        most=limits.warm_clients,
    )
    return Core(
        desk=shared.desk,
        budget=shared.budget,
        messenger=ground.messenger,
        launcher=launcher,
        clients=clients,
        intake=_intake(ground, shared),
        worker=_worker(ground, shared, clients),
        courier=Courier(
            store=ground.store,
            wakeups=ground.wakeups,
            retries=ground.retries,
            messenger=ground.messenger,
            clock=ground.clock,
            metrics=ground.metrics,
        ),
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


def _worker(ground: Ground, shared: _Shared, clients: WarmClients) -> Worker:
    limits = ground.loaded.config.limits
    return Worker(
        tools=RunTools(
            store=ground.store,
            clients=clients,
            approvals=shared.approvals,
            messenger=ground.messenger,
            clock=ground.clock,
            metrics=ground.metrics,
            timeout=timedelta(minutes=limits.turn_timeout_minutes),
        ),
        closer=TurnCloser(
            store=ground.store,
            outbox=shared.outbox,
            approvals=shared.approvals,
            alarm=BudgetAlarm(budget=shared.budget, gate=shared.gate, outbox=shared.outbox),
            clock=ground.clock,
            metrics=ground.metrics,
        ),
        agents=shared.desk.agents,
        budget=shared.budget,
        wakeups=ground.wakeups,
        most_at_once=limits.concurrent_runs,
        drain_for=timedelta(seconds=limits.drain_seconds),
    )
