"""Turns that a person or the clock ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from orchestrator_core.model import SessionState, TurnState
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold
from tests.turns import SlowLauncher, run_all, stop
from tests.waiting import going, until


async def test_a_stopped_turn_ends_at_once_and_says_nothing_more() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [Hold(event=asyncio.Event())]))
    session = await core.session()
    turn = await core.ask(session, "take all day")
    async with going(core.worker().run()):
        await core.launcher.wait_for_prompt("take all day")
        await stop(core, session)
        await until(lambda: core.metrics.times("turns", state="stopped") == 1)

    assert (await core.read_turn(turn.id)).state is TurnState.STOPPED
    assert (await core.read_session(session.id)).state is SessionState.STOPPED
    assert core.launcher.interrupts == 1
    assert await core.deliveries() == []


async def test_what_a_stopped_turn_has_cost_is_booked() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [Hold(event=asyncio.Event())]))
    session = await core.session()
    await core.ask(session, "take all day")
    async with going(core.worker().run()):
        await core.launcher.wait_for_prompt("take all day")
        await stop(core, session)
        await until(lambda: core.metrics.times("turns", state="stopped") == 1)

    assert len(core.store.cost_entries) == 1


async def test_a_turn_stopped_while_it_waits_never_runs() -> None:
    core = Core()
    session = await core.session()
    turn = await core.ask(session)
    await stop(core, session)
    await run_all(core.worker())

    assert (await core.read_turn(turn.id)).state is TurnState.STOPPED
    assert core.launcher.prompts == []


async def test_a_turn_stopped_while_claude_starts_is_never_asked() -> None:
    launcher = SlowLauncher()
    core = Core(launcher=launcher)
    session = await core.session()
    turn = await core.ask(session, "delete everything")
    async with going(core.worker().run()):
        await until(lambda: launcher.asked == 1)
        await stop(core, session)
        launcher.may_start.set()
        await until(lambda: core.metrics.times("turns", state="stopped") == 1)

    assert launcher.prompts == []
    assert (await core.read_turn(turn.id)).state is TurnState.STOPPED


async def test_a_turn_that_takes_too_long_is_ended_and_told() -> None:
    core = Core(
        launcher=FakeAgentLauncher(script=lambda _: [Hold(event=asyncio.Event())]),
        turn_timeout=timedelta(milliseconds=1),
    )
    turn = await core.ask(await core.session())
    await run_all(core.worker())

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED
    assert await core.texts() == ["This took longer than allowed, so I stopped it."]


async def test_every_stopped_turn_ends_in_the_stream_of_events() -> None:
    """Whoever follows one of them must not wait for ever."""
    core = Core()
    session = await core.session()
    waiting = await core.ask(session)
    await stop(core, session)
    async with core.store.read() as records:
        events = await records.log.after(session.id, 0, 100)

    assert [event.turn_id for event in events if event.kind == "turn_stopped"] == [waiting.id]
