"""Schedules in tests: made as people make them, and a clock that asks what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from orchestrator_core.model import Language, NewSchedule, Person, Role, Schedule, Timing, Turn
from orchestrator_core.ports import Store
from orchestrator_core.schedule_clock import ScheduleClock
from tests.core import Core
from tests.people import HOME, OWNER

DAILY = "/schedule every day 9:00 run the tests"


@dataclass(slots=True)
class FixedLeader:
    leads: bool = True

    async def is_leader(self) -> bool:
        return self.leads


def clock_of(core: Core, *, store: Store | None = None, leads: bool = True) -> ScheduleClock:
    return ScheduleClock(
        store=store or core.store,
        desk=core.desk,
        gate=core.gate,
        leader=FixedLeader(leads=leads),
        clock=core.clock,
        metrics=core.metrics,
    )


async def schedules(store: Store) -> list[Schedule]:
    """All, in the order they were made."""
    async with store.read() as records:
        return (await records.schedules.page(limit=100))[::-1]


async def asked(store: Store) -> list[Turn]:
    """The turns that wait or run, of every session."""
    async with store.read() as records:
        busy = await records.turns.busy_sessions()
        return [turn for one in busy for turn in await records.turns.open_of(one)]


def a_schedule(core: Core, session_id: str, prompt: str = "run the tests") -> NewSchedule:
    """Of the owner, due in an hour, and every day then."""
    due = core.clock.now() + timedelta(hours=1)
    return NewSchedule(
        session_id=session_id,
        prompt=prompt,
        said="every day",
        timing=Timing(cron=f"{due.minute} {due.hour} * * *", zone="UTC"),
        created_at=core.clock.now(),
        next_at=due,
        chat=HOME,
        person_id=OWNER,
    )


async def add(core: Core, store: Store, *prompts: str) -> None:
    """The owner, a session of theirs, and a schedule for each prompt."""
    async with store.transaction() as records:
        owner = Person(id=OWNER, role=Role.OWNER, language=Language.ENGLISH)
        await records.people.save(owner)
        session = await core.desk.start(
            records, chat=HOME, person_id=OWNER, agent=None, now=core.clock.now()
        )
        for prompt in prompts:
            await records.schedules.add(a_schedule(core, session.id, prompt))
