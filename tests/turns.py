"""Turns run to their end: what tests of the worker share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from orchestrator_core.model import Session
from orchestrator_core.ports import AgentProfile
from orchestrator_core.worker import Worker
from tests.core import Core
from tests.fakes.agent import FakeAgentClient, FakeAgentLauncher
from tests.people import OWNER


@dataclass(slots=True)
class SlowLauncher(FakeAgentLauncher):
    """Starts nobody until it may."""

    may_start: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def connect(self, session: Session, profile: AgentProfile) -> FakeAgentClient:
        self.asked += 1
        await self.may_start.wait()
        return await FakeAgentLauncher.connect(self, session, profile)


async def run_all(worker: Worker) -> None:
    """Until nothing is left to do."""
    async with asyncio.timeout(5):
        await worker.start_ready()
        while worker._tasks:  # noqa: SLF001 - there is no other way to ask
            await worker.settle()
            await worker.start_ready()


async def stop(core: Core, session: Session) -> None:
    async with core.store.transaction() as records:
        await core.desk.stop(records, session.id, actor=OWNER, now=core.clock.now())
