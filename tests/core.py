"""The whole core around fakes: what a test of one part needs of the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from commands.budget import Budget
from commands.cost import Cost
from commands.inbox import Inbox
from commands.lang import Lang
from commands.pair import Pair
from commands.people import People
from commands.prompt import Prompting
from commands.quota import Quota
from commands.router import Router, all_commands
from commands.schedule import Schedules
from commands.whoami import Whoami
from orchestrator_core.agents import AgentBook
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.books import Books
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import Budget as BudgetOf
from orchestrator_core.budgets import Budgets
from orchestrator_core.courier import Courier
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.groups import Greeter
from orchestrator_core.intake import Intake
from orchestrator_core.leases import LeaseKeeper
from orchestrator_core.member_names import MemberNames
from orchestrator_core.metering import Metering
from orchestrator_core.model import ReplyToken
from orchestrator_core.outbox import Outbox
from orchestrator_core.pairing import PairingDesk, new_code
from orchestrator_core.people import PeopleDesk
from orchestrator_core.ports import AgentProfile
from orchestrator_core.prompt_words import PromptWords
from orchestrator_core.push_quota import PushQuota
from orchestrator_core.quota import QuotaRules
from orchestrator_core.quota_alarm import QuotaAlarm
from orchestrator_core.rights import Audience
from orchestrator_core.schedules import ScheduleDesk
from orchestrator_core.sealing import Seals
from orchestrator_core.takeover import TakeOver
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools
from orchestrator_core.warm_clients import WarmClients
from orchestrator_core.worker import Worker
from tests.core_in_use import InUse
from tests.fakes.agent import FakeAgentLauncher
from tests.fakes.clock import FakeClock
from tests.fakes.inbox_writer import FakeInboxWriter
from tests.fakes.messenger import FakeMessenger
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.prices import a_dollar_for_a_thousand
from tests.fakes.reader import FakeReader
from tests.fakes.renderer import FakeRenderer
from tests.fakes.retry_buffer import FakeRetryBuffer
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.people import OWNER

TOKYO = ZoneInfo("Asia/Tokyo")


def no_spread(pause: timedelta) -> timedelta:
    return pause


@dataclass(slots=True)
class Core(InUse):
    """The parts as the wiring joins them; every field may be changed before `build`."""

    launcher: FakeAgentLauncher = field(default_factory=FakeAgentLauncher)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    clock: FakeClock = field(default_factory=FakeClock)
    owners: frozenset[str] = frozenset({OWNER})
    budget_usd: Decimal | None = None
    budgets: tuple[BudgetOf, ...] = ()
    zone: ZoneInfo = TOKYO
    quota_rules: QuotaRules = field(default_factory=QuotaRules)
    most_at_once: int = 4
    turn_timeout: timedelta = timedelta(minutes=60)
    drain_for: timedelta = timedelta(seconds=5)
    profiles: dict[str, AgentProfile] = field(
        default_factory=lambda: {
            "claude": AgentProfile(name="claude"),
            "reviewer": AgentProfile(name="reviewer", workspace="/srv/review"),
        }
    )
    audiences: dict[str, Audience] = field(default_factory=dict)
    wakeups: FakeWakeups = field(default_factory=FakeWakeups)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    renderer: FakeRenderer = field(default_factory=FakeRenderer)
    reader: FakeReader = field(default_factory=FakeReader)
    retries: FakeRetryBuffer = field(default_factory=FakeRetryBuffer)
    #: How long each try to store a result was put off.
    pauses: list[float] = field(default_factory=list)
    store: FakeStore = field(init=False)
    gate: Gate = field(init=False)
    outbox: Outbox = field(init=False)
    budget: Budgets = field(init=False)
    desk: SessionDesk = field(init=False)
    approvals: ApprovalDesk = field(init=False)
    people: PeopleDesk = field(init=False)
    pairing: PairingDesk = field(init=False)
    router: Router = field(init=False)
    #: Every code that was given out, in order.
    codes: list[str] = field(default_factory=list)
    clients: WarmClients = field(init=False)
    _keys: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.store = FakeStore(self.wakeups)
        self.gate = Gate(owners=self.owners, store=self.store, messenger=self.messenger)
        self.outbox = Outbox(renderer=self.renderer, new_key=lambda: f"key-{next(self._keys)}")
        self.budget = Budgets(limit_usd=self.budget_usd, zone=self.zone, others=self.budgets)
        self.desk = SessionDesk(
            AgentBook(profiles=self.profiles, default_workspace="/work", audiences=self.audiences)
        )
        self.approvals = ApprovalDesk(
            store=self.store,
            wakeups=self.wakeups,
            outbox=self.outbox,
            gate=self.gate,
            clock=self.clock,
            metrics=self.metrics,
            timeout=timedelta(minutes=10),
        )
        self.people = PeopleDesk(gate=self.gate, outbox=self.outbox)
        self.pairing = PairingDesk(
            key=b"pairing",
            gate=self.gate,
            people=self.people,
            outbox=self.outbox,
            seals=Seals(b"seals"),
            new_code=self._code,
        )
        self.router = self._router()
        self.clients = WarmClients(
            self.launcher, self.clock, idle_for=timedelta(minutes=15), most=4
        )

    def _router(self) -> Router:
        prompting = Prompting(desk=self.desk, budget=self.budget)
        return Router(
            registry=all_commands(
                self.desk,
                prompting,
                Budget(self.budget),
                Cost(self.budget),
                Pair(self.pairing),
                People(self.people),
                Schedules(ScheduleDesk(self.zone), prompting),
                Quota(self.quota_rules),
                Inbox(),
                Lang(),
                Whoami(self.zone),
            ),
            prompting=prompting,
            approvals=self.approvals,
        )

    def intake(self) -> Intake:
        return Intake(
            store=self.store,
            writer=FakeInboxWriter(self.store),
            wakeups=self.wakeups,
            reader=self.reader,
            conversation=self.router,
            gate=self.gate,
            pairing=self.pairing,
            outbox=self.outbox,
            greeter=Greeter(gate=self.gate, outbox=self.outbox, prefix="denrei"),
            clock=self.clock,
            metrics=self.metrics,
        )

    def worker(self, me: str = "worker-1", *, alone: bool = False) -> Worker:
        """Each has its own leases; all share the warm clients."""
        leases = LeaseKeeper(store=self.store, clock=self.clock, me=me, alone=alone)
        closer = self.closer()
        return Worker(
            tools=RunTools(
                store=self.store,
                clients=self.clients,
                leases=leases,
                approvals=self.approvals,
                messenger=self.messenger,
                clock=self.clock,
                metrics=self.metrics,
                timeout=self.turn_timeout,
                metering=self.metering(),
                words=self.words(),
            ),
            closer=closer,
            takeover=TakeOver(
                store=self.store,
                leases=leases,
                launcher=self.launcher,
                closer=closer,
                metrics=self.metrics,
            ),
            agents=self.desk.agents,
            budget=self.budget,
            wakeups=self.wakeups,
            most_at_once=self.most_at_once,
            drain_for=self.drain_for,
        )

    def words(self) -> PromptWords:
        names = MemberNames(store=self.store, messenger=self.messenger, clock=self.clock)
        return PromptWords(store=self.store, names=names, wakeups=self.wakeups, clock=self.clock)

    def closer(self) -> TurnCloser:
        return TurnCloser(
            store=self.store,
            outbox=self.outbox,
            approvals=self.approvals,
            alarm=self.alarm(),
            clock=self.clock,
            metrics=self.metrics,
            pause=self._pause,
        )

    def alarm(self) -> BudgetAlarm:
        return BudgetAlarm(budget=self.budget, gate=self.gate, outbox=self.outbox)

    def metering(self) -> Metering:
        return Metering(
            store=self.store,
            books=Books(store=self.store, list_price=a_dollar_for_a_thousand),
            alarm=self.alarm(),
            clock=self.clock,
            metrics=self.metrics,
        )

    def courier(self, me: str = "courier") -> Courier:
        return Courier(
            me=me,
            store=self.store,
            wakeups=self.wakeups,
            retries=self.retries,
            messenger=self.messenger,
            clock=self.clock,
            metrics=self.metrics,
            spread=no_spread,
            quota=self.push_quota(),
        )

    def push_quota(self) -> PushQuota:
        return PushQuota(
            rules=self.quota_rules,
            messenger=self.messenger,
            clock=self.clock,
            metrics=self.metrics,
            alarm=QuotaAlarm(gate=self.gate, outbox=self.outbox),
        )

    def _code(self) -> str:
        self.codes.append(new_code())
        return self.codes[-1]

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)


def token(core: Core, value: str = "token", *, fresh: bool = True) -> ReplyToken:
    life = timedelta(seconds=50 if fresh else -1)
    return ReplyToken(value=value, expires_at=core.clock.now() + life)
