"""The whole core around fakes: what a test of one part needs of the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from commands.prompt import Prompting
from commands.router import Router, all_commands
from orchestrator_core.agents import AgentBook
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.budget import BudgetAlarm, DailyBudget
from orchestrator_core.courier import Courier
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.incoming import FromPerson, TextSaid
from orchestrator_core.intake import Intake
from orchestrator_core.leases import LeaseKeeper
from orchestrator_core.messages import Message
from orchestrator_core.model import (
    Approval,
    Chat,
    Delivery,
    DeliveryState,
    Language,
    Origin,
    Person,
    ReplyToken,
    Role,
    Session,
    SessionEvent,
    Turn,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import AgentProfile
from orchestrator_core.takeover import TakeOver
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools
from orchestrator_core.warm_clients import WarmClients
from orchestrator_core.worker import Worker
from tests.fakes.agent import FakeAgentLauncher
from tests.fakes.clock import FakeClock
from tests.fakes.inbox_writer import FakeInboxWriter
from tests.fakes.messenger import FakeMessenger
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.reader import FakeReader
from tests.fakes.renderer import FakeRenderer
from tests.fakes.retry_buffer import FakeRetryBuffer
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.people import HOME, OWNER, at_home
from tests.samples import a_cost, an_event

TOKYO = ZoneInfo("Asia/Tokyo")


def no_spread(pause: timedelta) -> timedelta:
    return pause


@dataclass(slots=True)
class Core:
    """The parts as the wiring joins them; every field may be changed before `build`."""

    launcher: FakeAgentLauncher = field(default_factory=FakeAgentLauncher)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    clock: FakeClock = field(default_factory=FakeClock)
    owners: frozenset[str] = frozenset({OWNER})
    budget_usd: Decimal | None = None
    zone: ZoneInfo = TOKYO
    most_at_once: int = 4
    turn_timeout: timedelta = timedelta(minutes=60)
    drain_for: timedelta = timedelta(seconds=5)
    profiles: dict[str, AgentProfile] = field(
        default_factory=lambda: {
            "claude": AgentProfile(name="claude"),
            "reviewer": AgentProfile(name="reviewer", workspace="/srv/review"),
        }
    )
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
    budget: DailyBudget = field(init=False)
    desk: SessionDesk = field(init=False)
    approvals: ApprovalDesk = field(init=False)
    router: Router = field(init=False)
    clients: WarmClients = field(init=False)
    _keys: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.store = FakeStore(self.wakeups)
        self.gate = Gate(owners=self.owners, store=self.store, messenger=self.messenger)
        self.outbox = Outbox(renderer=self.renderer, new_key=lambda: f"key-{next(self._keys)}")
        self.budget = DailyBudget(limit_usd=self.budget_usd, zone=self.zone)
        self.desk = SessionDesk(AgentBook(profiles=self.profiles, default_workspace="/work"))
        self.approvals = ApprovalDesk(
            store=self.store,
            wakeups=self.wakeups,
            outbox=self.outbox,
            gate=self.gate,
            clock=self.clock,
            metrics=self.metrics,
            timeout=timedelta(minutes=10),
        )
        prompting = Prompting(desk=self.desk, budget=self.budget)
        self.router = Router(
            registry=all_commands(self.desk, prompting),
            prompting=prompting,
            approvals=self.approvals,
        )
        self.clients = WarmClients(
            self.launcher, self.clock, idle_for=timedelta(minutes=15), most=4
        )

    def intake(self) -> Intake:
        return Intake(
            store=self.store,
            writer=FakeInboxWriter(self.store),
            wakeups=self.wakeups,
            reader=self.reader,
            conversation=self.router,
            gate=self.gate,
            outbox=self.outbox,
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
        )

    async def know(self, person_id: str = OWNER, language: Language = Language.ENGLISH) -> Person:
        role = Role.OWNER if person_id in self.owners else Role.STRANGER
        person = Person(id=person_id, role=role, language=language)
        async with self.store.transaction() as records:
            await records.people.save(person)
        return person

    async def session(self, *, chat: Chat | None = HOME, agent: str | None = None) -> Session:
        """A new one, current in its chat."""
        async with self.store.transaction() as records:
            return await self.desk.start(
                records,
                chat=chat,
                person_id=OWNER if chat else None,
                agent=agent,
                now=self.clock.now(),
            )

    async def ask(
        self, session: Session, prompt: str = "hello", *, origin: Origin | None = None
    ) -> Turn:
        async with self.store.transaction() as records:
            now = await self.read_session(session.id)
            asked = await self.desk.ask(
                records, now, prompt, origin=origin or at_home(), now=self.clock.now()
            )
            return asked.turn

    async def answers(
        self, said: str | FromPerson, *, person_id: str = OWNER, chat: Chat = HOME
    ) -> list[Message]:
        """What the router says to a person who is an owner. Raises PersonError."""
        what = (
            TextSaid(chat=chat, person_id=person_id, text=said, reply_token=None)
            if isinstance(said, str)
            else said
        )
        async with self.store.transaction() as records:
            person = await records.people.get(what.person_id)
            known = person or Person(id=what.person_id, role=Role.OWNER, language=Language.ENGLISH)
            return await self.router.answer(records, known, what, now=self.clock.now())

    async def only_answer(self, said: str) -> str:
        [message] = await self.answers(said)
        return message.text

    async def receive(self, *said: TextSaid) -> None:
        """Store what people did, as the webhook does."""
        for one in said:
            event = replace(an_event(payload=self.reader.means(one)), chat_id=one.chat.id)
            await self.store.take_in([event])

    async def spend(self, usd: str) -> None:
        async with self.store.transaction() as records:
            entry = a_cost(usd, run=next(self._keys), now=self.clock.now())
            await records.costs.add(entry)

    async def read_session(self, session_id: str) -> Session:
        async with self.store.read() as records:
            return await records.sessions.lock(session_id)

    async def read_turn(self, turn_id: int) -> Turn:
        async with self.store.read() as records:
            return await records.turns.lock(turn_id)

    async def open_turns(self, session_id: str) -> list[Turn]:
        async with self.store.read() as records:
            return await records.turns.open_of(session_id)

    async def save_turn(self, turn: Turn, **changes: Any) -> Turn:
        changed = replace(turn, **changes)
        async with self.store.transaction() as records:
            await records.turns.save(changed)
        return changed

    async def pending_approvals(self, turn_id: int) -> list[Approval]:
        async with self.store.read() as records:
            return await records.approvals.pending_of(turn_id)

    async def deliveries(self, *states: DeliveryState) -> list[Delivery]:
        async with self.store.read() as records:
            page = await records.deliveries.page(states or tuple(DeliveryState), limit=1000)
            return page[::-1]

    async def texts(self) -> list[str]:
        """The text (of a card: its title) of everything that was to be sent, in order."""
        return [
            message["title"] or message["text"]
            for delivery in await self.deliveries()
            for message in delivery.messages
        ]

    async def events(self, session_id: str) -> list[SessionEvent]:
        async with self.store.read() as records:
            return await records.log.after(session_id, 0, 1000)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)


def token(core: Core, value: str = "token", *, fresh: bool = True) -> ReplyToken:
    life = timedelta(seconds=50 if fresh else -1)
    return ReplyToken(value=value, expires_at=core.clock.now() + life)
