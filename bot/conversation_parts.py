"""The parts that hear people and speak to them, made of what is open.

Knows nothing of who runs Claude.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.ground import Ground
from bot.line.postbacks import Postbacks, derive_key
from bot.line.rendering import LineRenderer
from bot.line.webhook_events import LineEventReader
from bot.money_parts import money_commands
from bot.people_parts import Desks, desks
from commands.inbox import Inbox
from commands.lang import Lang
from commands.limited import Counted
from commands.pair import Pair
from commands.people import People
from commands.prompt import Prompting
from commands.quota import Quota
from commands.registry import Registry
from commands.router import Router, all_commands
from commands.schedule import Schedules
from commands.whoami import Whoami
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.budgets import Budgets
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.groups import Greeter
from orchestrator_core.intake import Intake
from orchestrator_core.outbox import Outbox
from orchestrator_core.rate_limits import Throttle
from orchestrator_core.schedules import ScheduleDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What both intake and worker need."""

    postbacks: Postbacks
    outbox: Outbox
    gate: Gate
    desks: Desks
    budget: Budgets
    desk: SessionDesk
    approvals: ApprovalDesk
    schedules: ScheduleDesk


def shared_parts(ground: Ground) -> Shared:
    settings, config = ground.loaded.settings, ground.loaded.config
    secret = settings.line_channel_secret.get_secret_value().encode()
    postbacks = Postbacks(derive_key(secret, "postback"))
    outbox = Outbox(renderer=LineRenderer(postbacks))
    gate = Gate(owners=settings.denrei_owners, store=ground.store, messenger=ground.messenger)
    return Shared(
        postbacks=postbacks,
        outbox=outbox,
        gate=gate,
        desks=desks(secret, gate, outbox),
        budget=config.budgets.budgets(
            daily_usd=settings.denrei_daily_budget_usd, zone=config.timezone
        ),
        desk=SessionDesk(config.agent_book(settings.workspace)),
        schedules=ScheduleDesk(config.timezone),
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


def intake_of(ground: Ground, shared: Shared) -> Intake:
    prompting = Prompting(desk=shared.desk, budget=shared.budget)
    registry = _commands(ground, shared, prompting)
    prefixes = ground.loaded.config.groups.prefixes
    return Intake(
        store=ground.store,
        writer=ground.writer,
        wakeups=ground.wakeups,
        reader=LineEventReader(shared.postbacks, prefixes=prefixes),
        conversation=Router(
            registry=registry,
            prompting=prompting,
            approvals=shared.approvals,
        ),
        throttle=Throttle(
            limits=ground.rate_limits,
            store=ground.store,
            gate=shared.gate,
            kind_of=Counted(registry).kind_of,
            metrics=ground.metrics,
        ),
        gate=shared.gate,
        pairing=shared.desks.pairing,
        outbox=shared.outbox,
        greeter=Greeter(
            gate=shared.gate, outbox=shared.outbox, prefix=prefixes[0] if prefixes else None
        ),
        clock=ground.clock,
        metrics=ground.metrics,
    )


def _commands(ground: Ground, shared: Shared, prompting: Prompting) -> Registry:
    return all_commands(
        shared.desk,
        prompting,
        *money_commands(ground.loaded.settings, shared.budget),
        Pair(shared.desks.pairing),
        People(shared.desks.people),
        Schedules(shared.schedules, prompting),
        Quota(ground.loaded.config.quota.rules(ground.loaded.config.timezone)),
        Inbox(),
        Lang(),
        Whoami(ground.loaded.config.timezone),
    )
