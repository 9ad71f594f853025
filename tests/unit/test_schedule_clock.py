"""What is asked by the clock: each time once, by whoever still may."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.desk import SessionDesk
from orchestrator_core.model import Role, ScheduleState, TurnState
from orchestrator_core.ports import Store
from orchestrator_core.rights import Audience
from orchestrator_core.schedule_clock import LEADERLESS
from tests.admitted import OPERATOR, home_of, town, with_role
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, answer
from tests.people import HOME, OWNER
from tests.schedules import DAILY, a_schedule, add, asked, clock_of, schedules
from tests.turns import run_all

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: From NOON to nine in the morning of Tokyo.
TO_NINE = 12 * HOUR


async def made(core: Core, said: str = DAILY) -> None:
    await core.know()
    await core.answers(said)


async def look(core: Core, *, after: timedelta = timedelta()) -> None:
    core.clock.advance(after)
    await clock_of(core).look()


async def finish_all(core: Core) -> None:
    for turn in await asked(core.store):
        await core.save_turn(turn, state=TurnState.DONE)


async def test_nothing_is_asked_before_its_time_and_once_at_it() -> None:
    core = Core()
    await made(core)
    await look(core, after=TO_NINE - timedelta(seconds=1))
    early = await asked(core.store)
    for _ in range(3):
        await look(core, after=timedelta(seconds=1))
    [turn] = await asked(core.store)
    [schedule] = await schedules(core.store)

    assert early == []
    assert (turn.prompt, turn.state) == ("run the tests", TurnState.QUEUED)
    assert (turn.chat, turn.person_id, turn.reply_token) == (HOME, OWNER, None)
    assert schedule.last_at is not None
    assert (schedule.last_turn_id, schedule.next_at) == (turn.id, schedule.last_at + DAY)


async def test_the_answer_comes_as_any_turn_s_does() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: answer("All green.", cost="0.25")))
    await made(core)
    await look(core, after=TO_NINE)
    await run_all(core.worker())
    said = (await core.deliveries())[-1]

    assert core.launcher.prompts == ["run the tests"]
    assert (said.chat_id, said.messages[0]["text"]) == (HOME.id, "All green.")
    assert core.metrics.spent == Decimal("0.25")
    assert core.store.audit_entries[-1].action == "schedule.ask"


async def test_a_used_up_budget_keeps_it_waiting_as_any_prompt() -> None:
    core = Core(budget_usd=Decimal(2))
    await made(core)
    core.clock.advance(TO_NINE)
    await core.spend("2")
    await look(core)
    await run_all(core.worker())

    assert core.launcher.prompts == []
    assert [turn.state for turn in await asked(core.store)] == [TurnState.QUEUED]


async def test_what_was_missed_however_often_is_asked_once() -> None:
    core = Core()
    await made(core)
    await look(core, after=5 * DAY)
    await look(core)
    [turn] = await asked(core.store)
    [schedule] = await schedules(core.store)

    assert turn.prompt == "run the tests"
    assert schedule.next_at is not None
    assert core.clock.now() < schedule.next_at <= core.clock.now() + DAY


async def test_one_that_comes_once_is_gone_afterwards() -> None:
    core = Core()
    await made(core, "/schedule in 2 hours check the build")
    await look(core, after=2 * HOUR)

    assert [turn.prompt for turn in await asked(core.store)] == ["check the build"]
    assert await schedules(core.store) == []


async def test_it_is_not_asked_again_while_it_is_unanswered() -> None:
    core = Core()
    await made(core)
    await look(core, after=TO_NINE)
    await look(core, after=DAY)
    still_one = len(await asked(core.store))
    [schedule] = await schedules(core.store)
    await finish_all(core)
    await look(core, after=DAY)

    assert still_one == 1
    assert schedule.last_at is not None
    assert schedule.skipped_at == schedule.last_at + DAY
    assert schedule.next_at == schedule.last_at + 2 * DAY
    assert len(await asked(core.store)) == 1


async def test_in_a_stopped_session_one_prompt_is_kept_and_no_more() -> None:
    core = Core()
    await made(core)
    await core.answers("/stop")
    for _ in range(3):
        await look(core, after=DAY)

    assert [turn.state for turn in await asked(core.store)] == [TurnState.HELD]


@pytest.mark.parametrize("said", ["/schedule pause 1", "/schedule delete 1"])
async def test_a_paused_or_deleted_one_asks_nothing(said: str) -> None:
    core = Core()
    await made(core)
    await core.answers(said)
    await look(core, after=3 * DAY)

    assert await asked(core.store) == []


async def test_whoever_may_not_ask_any_more_has_nothing_asked() -> None:
    here = await town()
    await here.say(OPERATOR, DAILY)
    await here.say(OWNER, f"/people {OPERATOR} revoke")
    [revoked] = await schedules(here.core.store)
    await look(here.core, after=DAY)

    assert (revoked.state, revoked.next_at) == (ScheduleState.REVOKED, None)
    assert await asked(here.core.store) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STRANGER])
async def test_the_role_counts_that_they_have_when_it_is_due(role: Role) -> None:
    here = await town()
    await here.say(OPERATOR, DAILY)
    async with here.core.store.transaction() as records:
        await records.people.save(replace(with_role(role), id=OPERATOR))
    await look(here.core, after=DAY)
    [stopped] = await schedules(here.core.store)

    assert stopped.state is ScheduleState.REVOKED
    assert await asked(here.core.store) == []
    assert here.core.store.audit_entries[-1].actor == "denrei"


async def test_an_agent_that_is_for_others_now_is_not_asked() -> None:
    here = await town()
    await here.say(OPERATOR, DAILY)
    agents = replace(
        here.core.desk.agents, audiences={"claude": Audience(roles=frozenset({Role.OWNER}))}
    )
    here.core.desk = SessionDesk(agents)
    await look(here.core, after=DAY)

    assert [one.state for one in await schedules(here.core.store)] == [ScheduleState.REVOKED]
    assert await asked(here.core.store) == []


async def test_where_nobody_can_be_reached_nothing_is_asked() -> None:
    here = await town()
    await here.say(OPERATOR, DAILY)
    async with here.core.store.transaction() as records:
        binding = await records.bindings.get(home_of(OPERATOR).id)
        assert binding is not None
        await records.bindings.save(replace(binding, left_at=here.core.clock.now()))
    await look(here.core, after=DAY)

    assert [one.state for one in await schedules(here.core.store)] == [ScheduleState.LEFT]
    assert await asked(here.core.store) == []


async def test_one_that_fails_keeps_no_other_from_being_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = Core()
    async with core.store.transaction() as records:
        await records.schedules.add(a_schedule(core, "of no session"))
    await add(core, core.store, "the second")
    await look(core, after=HOUR)

    assert [turn.prompt for turn in await asked(core.store)] == ["the second"]
    assert [record.message for record in caplog.records] == ["schedule failed"]


async def test_who_does_not_lead_asks_only_what_is_left_undone() -> None:
    core = Core()
    await made(core)
    core.clock.advance(TO_NINE)
    await clock_of(core, leads=False).look()
    at_once = await asked(core.store)
    core.clock.advance(LEADERLESS)
    await clock_of(core, leads=False).look()

    assert at_once == []
    assert len(await asked(core.store)) == 1


async def test_any_number_that_look_at_once_ask_once(store: Store) -> None:
    """On real databases too: each has read that it is due before any asks."""
    core = Core()
    await add(core, store, "run the tests", "the second")
    core.clock.advance(HOUR)
    await asyncio.gather(*(clock_of(core, store=store).look() for _ in range(6)))

    assert [turn.prompt for turn in await asked(store)] == ["run the tests", "the second"]


async def test_what_came_due_while_nobody_was_there_is_asked_once(store: Store) -> None:
    core = Core()
    await add(core, store, "run the tests")
    core.clock.advance(10 * DAY)
    for _ in range(2):
        await clock_of(core, store=store).look()
    [left] = await schedules(store)

    assert len(await asked(store)) == 1
    assert left.next_at == core.clock.now() + HOUR
