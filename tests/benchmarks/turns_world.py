"""The core around a real store, with a no-op agent and without LINE. Measures nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.line.postbacks import Postbacks
from bot.line.rendering import LineRenderer
from orchestrator_core.agent_events import AgentEvent, Finished
from orchestrator_core.agents import AgentBook
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import Budgets
from orchestrator_core.claude_costs import UNKNOWN_MODEL
from orchestrator_core.clock import SystemClock
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.leases import LeaseKeeper, new_worker_id
from orchestrator_core.model import Chat, ChatKind, Origin, ProcessMark, Session
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import AgentProfile, AskPermission, Picture, Wakeups
from orchestrator_core.takeover import TakeOver
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.turn_run import RunTools
from orchestrator_core.warm_clients import WarmClients
from orchestrator_core.worker import Worker
from storage.store import SqlStore
from tests.fakes.messenger import FakeMessenger

SESSIONS = 100
#: A run that takes longer has hung.
PATIENCE_SECONDS = 300.0
_FAR = timedelta(hours=1)


@dataclass(slots=True)
class Finish:
    """The metrics: counts the turns that ended, all of which must be done."""

    expected: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    wrong: list[str] = field(default_factory=list)

    def sessions_active(self, count: int) -> None: ...
    def prompt_latency(self, milliseconds: float) -> None: ...
    def cost(
        self, usd: Decimal, *, model: str = UNKNOWN_MODEL, estimated: bool = False
    ) -> None: ...
    def level(self, name: str, value: float, **labels: str) -> None: ...

    def count(self, name: str, **labels: str) -> None:
        if name != "turns":
            return
        if labels["state"] != "done":
            self.wrong.append(labels["state"])
        self.expected -= 1
        if self.expected <= 0:
            self.reached.set()

    async def after(self, turns: int) -> None:
        """Until so many turns have ended. Raises RuntimeError when one did not end well."""
        self.expected += turns
        self.reached.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.reached.wait()
        if self.wrong:
            raise RuntimeError(f"turns ended {set(self.wrong)}")


@dataclass(slots=True)
class NoOpLauncher:
    """Agents that answer at once."""

    asked_at: float = 0.0

    async def connect(self, session: Session, profile: AgentProfile) -> NoOpAgent:
        return NoOpAgent(self)

    def end_process(self, process: ProcessMark) -> None: ...


@dataclass(frozen=True, slots=True)
class NoOpAgent:
    launcher: NoOpLauncher
    is_alive: bool = True
    process: ProcessMark | None = None

    async def ask(
        self, prompt: str, *, permit: AskPermission, pictures: Sequence[Picture] = ()
    ) -> AsyncGenerator[AgentEvent, None]:
        self.launcher.asked_at = time.perf_counter()
        yield Finished(
            text="Done.",
            is_error=False,
            reason="success",
            cost_usd=Decimal("0.001"),
            reported_total_usd=Decimal("0.001"),
            usage={"input_tokens": 100, "output_tokens": 20},
        )

    async def interrupt(self) -> None: ...
    async def close(self) -> None: ...
    async def kill(self) -> None: ...


class Bench:
    """The parts as the wiring joins them, around a real store."""

    def __init__(
        self, store: SqlStore, wakeups: Wakeups, *, budget_usd: Decimal | None = None
    ) -> None:
        self.store = store
        self.finish = Finish()
        self.launcher = NoOpLauncher()
        self.clock = SystemClock()
        self.desk = SessionDesk(
            AgentBook(profiles={"claude": AgentProfile(name="claude")}, default_workspace="/work")
        )
        self._wakeups = wakeups
        self._messenger = FakeMessenger()
        self._gate = Gate(owners=frozenset(), store=store, messenger=self._messenger)
        self._outbox = Outbox(renderer=LineRenderer(Postbacks(b"key")))
        self.budget = Budgets(limit_usd=budget_usd, zone=ZoneInfo("Asia/Tokyo"))
        self.approvals = ApprovalDesk(
            store=store,
            wakeups=wakeups,
            outbox=self._outbox,
            gate=self._gate,
            clock=self.clock,
            metrics=self.finish,
            timeout=_FAR,
        )

    def worker(self) -> Worker:
        leases = LeaseKeeper(store=self.store, clock=self.clock, me=new_worker_id())
        closer = self._closer()
        return Worker(
            tools=self._tools(leases),
            closer=closer,
            takeover=TakeOver(
                store=self.store,
                leases=leases,
                launcher=self.launcher,
                closer=closer,
                metrics=self.finish,
            ),
            agents=self.desk.agents,
            budget=self.budget,
            wakeups=self._wakeups,
            most_at_once=SESSIONS,
            drain_for=_FAR,
        )

    def _tools(self, leases: LeaseKeeper) -> RunTools:
        return RunTools(
            store=self.store,
            clients=WarmClients(self.launcher, self.clock, idle_for=_FAR, most=SESSIONS),
            leases=leases,
            approvals=self.approvals,
            messenger=self._messenger,
            clock=self.clock,
            metrics=self.finish,
            timeout=_FAR,
        )

    def _closer(self) -> TurnCloser:
        return TurnCloser(
            store=self.store,
            outbox=self._outbox,
            approvals=self.approvals,
            alarm=BudgetAlarm(budget=self.budget, gate=self._gate, outbox=self._outbox),
            clock=self.clock,
            metrics=self.finish,
        )

    async def sessions(self) -> list[Session]:
        """Each in a chat of its own."""
        async with self.store.transaction() as records:
            return [
                await self.desk.start(
                    records,
                    chat=_chat(number),
                    person_id=_chat(number).id,
                    agent=None,
                    now=self.clock.now(),
                )
                for number in range(SESSIONS)
            ]

    async def ask(self, session: Session, prompts: int = 1) -> None:
        assert session.chat is not None
        origin = Origin(chat=session.chat, person_id=session.chat.id, reply_token=None)
        for number in range(prompts):
            async with self.store.transaction() as records:
                await self.desk.ask(
                    records, session, f"prompt {number}", origin=origin, now=self.clock.now()
                )


def _chat(number: int) -> Chat:
    return Chat(id=f"U-bench-{number}", kind=ChatKind.USER)
