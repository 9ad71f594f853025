"""Intakes that fail or die, and what became of the events: what tests of the intake share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator_core.incoming import FromPerson, TextSaid
from orchestrator_core.intake import Conversation, Intake
from orchestrator_core.messages import Message, Say
from orchestrator_core.model import InboxState, Person
from orchestrator_core.ports import Records
from tests.core import Core


@dataclass
class Stumbling:
    """A conversation that does its work and then fails, as often as it is told to."""

    core: Core
    fails: Callable[[str], bool]
    heard: list[str] = field(default_factory=list)

    async def answer(
        self, records: Records, person: Person, said: FromPerson, *, now: datetime
    ) -> list[Message]:
        assert isinstance(said, TextSaid)
        self.heard.append(said.text)
        answer = await self.core.router.answer(records, person, said, now=now)
        if self.fails(said.text):
            raise RuntimeError("in the middle")
        return [*answer, Say(text=f"heard {said.text}")]


@dataclass
class Deadly:
    """A conversation during which the process ends, when one certain thing is said."""

    core: Core

    async def answer(
        self, records: Records, person: Person, said: FromPerson, *, now: datetime
    ) -> list[Message]:
        if isinstance(said, TextSaid) and said.text == "deadly":
            raise asyncio.CancelledError
        return await self.core.router.answer(records, person, said, now=now)


def new_process(core: Core, conversation: Conversation) -> Intake:
    """Whatever is in the inbox was left to it."""
    return replace(core.intake(), conversation=conversation)


async def going_process(core: Core, conversation: Conversation) -> Intake:
    """It has looked into the inbox before: whatever comes now was not left to it."""
    intake = new_process(core, conversation)
    await intake.handle_new()
    return intake


def states(core: Core) -> list[InboxState]:
    return [event.state for event in core.store.inbox_events]


async def prompts(core: Core) -> list[str]:
    async with core.store.read() as records:
        sessions = await records.sessions.page(limit=50)
        found = [turn for one in sessions for turn in await records.turns.open_of(one.id)]
    return [turn.prompt for turn in sorted(found, key=lambda turn: turn.id)]
