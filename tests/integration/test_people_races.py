"""A role is taken away while the person does something: before it or after it, never meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.agents import AgentBook
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate, Shown
from orchestrator_core.model import Origin, Role, TurnState
from orchestrator_core.outbox import Outbox
from orchestrator_core.people import PeopleDesk
from orchestrator_core.ports import AgentProfile, Records, Store
from tests.admitted import OPERATOR, home_of, with_role
from tests.fakes.clock import NOON
from tests.fakes.messenger import FakeMessenger
from tests.fakes.renderer import FakeRenderer
from tests.people import OWNER

SECONDS = 20
ORIGIN = Origin(chat=home_of(OPERATOR), person_id=OPERATOR)


def gate_of(store: Store) -> Gate:
    return Gate(owners=frozenset({OWNER}), store=store, messenger=FakeMessenger())


async def ask_if_allowed(store: Store, looked: asyncio.Event, go_on: asyncio.Event) -> bool:
    """What an event does: look at the role, then queue the prompt, in one transaction."""
    profiles = {"claude": AgentProfile(name="claude")}
    desk = SessionDesk(AgentBook(profiles=profiles, default_workspace="/work"))
    async with store.transaction() as records:
        person = await gate_of(store).recognise(records, OPERATOR, shown=Shown(), said="")
        looked.set()
        await go_on.wait()
        if person.role is Role.STRANGER:
            return False
        session = await desk.start(
            records, chat=ORIGIN.chat, person_id=OPERATOR, agent=None, now=NOON
        )
        await desk.ask(records, session, "fix it", origin=ORIGIN, now=NOON)
        return True


async def revoke(store: Store, began: asyncio.Event) -> int:
    desk = PeopleDesk(gate=gate_of(store), outbox=Outbox(renderer=FakeRenderer()))
    began.set()
    async with store.transaction() as records:
        changed = await desk.set_role(records, OPERATOR, Role.STRANGER, by=OWNER, now=NOON)
        return changed.dropped


async def is_waited_for(store: Store, revoking: asyncio.Task[int]) -> None:
    """Give the revoking every chance to overtake the prompt."""
    for _ in range(50):
        async with store.read() as records:
            await records.people.get(OPERATOR)
    assert not revoking.done()


async def _left(records: Records) -> list[TurnState]:
    open_turns = await records.people.open_turns(OPERATOR)
    return [(await records.turns.lock(turn_id)).state for _, turn_id in open_turns]


async def test_a_prompt_that_was_allowed_just_before_is_dropped_with_the_role(
    store: Store,
) -> None:
    async with store.transaction() as records:
        await records.people.save(with_role(Role.OPERATOR))
    looked, go_on, began = asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with asyncio.timeout(SECONDS):
        asking = asyncio.create_task(ask_if_allowed(store, looked, go_on))
        await looked.wait()
        revoking = asyncio.create_task(revoke(store, began))
        await began.wait()
        await is_waited_for(store, revoking)
        go_on.set()
        asked, dropped = await asyncio.gather(asking, revoking)
    async with store.transaction() as records:
        left = await _left(records)

    assert (asked, dropped, left) == (True, 1, [])


async def test_a_prompt_after_the_role_was_taken_is_not_queued(store: Store) -> None:
    async with store.transaction() as records:
        await records.people.save(replace(with_role(Role.OPERATOR), name="Haru"))
    go_on = asyncio.Event()
    go_on.set()
    dropped = await revoke(store, asyncio.Event())
    asked = await ask_if_allowed(store, asyncio.Event(), go_on)

    assert (dropped, asked) == (0, False)


@pytest.mark.parametrize("roles", [(Role.VIEWER, Role.OPERATOR), (Role.STRANGER, Role.OWNER)])
async def test_of_two_changes_at_once_one_is_the_last(
    store: Store, roles: tuple[Role, Role]
) -> None:
    desk = PeopleDesk(gate=gate_of(store), outbox=Outbox(renderer=FakeRenderer()))
    async with store.transaction() as records:
        await records.people.save(with_role(Role.STRANGER))
        await records.people.save(with_role(Role.OPERATOR))

    async def change(role: Role) -> None:
        async with store.transaction() as records:
            await desk.set_role(records, OPERATOR, role, by=OWNER, now=NOON)

    await asyncio.gather(*map(change, roles))
    async with store.read() as records:
        person = await records.people.get(OPERATOR)

    assert person is not None
    assert person.role in roles
    assert person.granted == (None if person.role is Role.STRANGER else person.role)
