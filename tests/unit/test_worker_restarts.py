"""Turns across a restart: drained at the end, recovered at the start."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from orchestrator_core.errors import AgentError
from orchestrator_core.model import Language, Session, SessionState, Turn, TurnState
from orchestrator_core.run_outcome import Ending
from orchestrator_core.takeover import MOST_RUNS
from tests.claims import a_claim
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, finished
from tests.people import OWNER
from tests.turns import SlowLauncher, run_all, stop
from tests.waiting import until


async def running(core: Core, session: Session, **changes: object) -> Turn:
    """A turn that a dead process left running."""
    turn = await core.ask(session)
    async with core.store.transaction() as records:
        [(claimed, _)] = await records.turns.claim(a_claim("dead", now=core.clock.now()), limit=1)
    assert claimed.id == turn.id
    return await core.save_turn(claimed, **changes)


def told(core: Core) -> str:
    """What the one card says."""
    [card] = core.renderer.shown
    return card.text


async def test_a_turn_in_hand_may_end_while_draining() -> None:
    gate = asyncio.Event()
    core = Core(
        launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate), finished("made it")])
    )
    session = await core.session()
    turn = await core.ask(session)
    loop = asyncio.ensure_future(core.worker().run())
    await core.launcher.wait_for_prompt("hello")
    loop.cancel()
    later = await core.ask(session, "too late")
    gate.set()
    await asyncio.wait([loop], timeout=5)

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert (await core.read_turn(later.id)).state is TurnState.QUEUED
    assert await core.texts() == ["made it"]


async def test_a_turn_that_outlasts_the_drain_is_interrupted_and_told() -> None:
    core = Core(
        launcher=FakeAgentLauncher(script=lambda _: [Hold(event=asyncio.Event())]),
        drain_for=timedelta(milliseconds=1),
    )
    session = await core.session()
    turn = await core.ask(session)
    loop = asyncio.ensure_future(core.worker().run())
    await core.launcher.wait_for_prompt("hello")
    loop.cancel()
    await asyncio.wait([loop], timeout=5)

    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert (await core.read_session(session.id)).state is SessionState.IDLE
    assert told(core).startswith("I was restarted while Claude was working")


async def test_a_drain_while_claude_starts_leaves_the_turn_for_the_next_start() -> None:
    """It has not reached the model, so it may run again by itself."""
    launcher = SlowLauncher()
    core = Core(launcher=launcher, drain_for=timedelta(milliseconds=1))
    session = await core.session()
    turn = await core.ask(session)
    loop = asyncio.ensure_future(core.worker().run())
    await until(lambda: launcher.asked == 1)
    loop.cancel()
    await asyncio.wait([loop], timeout=0.05)
    launcher.may_start.set()
    await asyncio.wait([loop], timeout=5)

    assert (await core.read_turn(turn.id)).state is TurnState.QUEUED
    assert (await core.read_session(session.id)).state is SessionState.IDLE
    assert (launcher.prompts, await core.texts()) == ([], [])


async def test_at_start_a_turn_that_had_not_reached_the_model_runs_again() -> None:
    core = Core()
    turn = await running(core, await core.session())
    worker = core.worker()
    await worker.recover(alone=True)
    await run_all(worker)

    assert core.launcher.prompts == ["hello"]
    after = await core.read_turn(turn.id)
    assert (after.state, after.runs) == (TurnState.DONE, 2)


async def test_at_start_one_that_had_is_interrupted_and_told_once() -> None:
    core = Core()
    await core.know(OWNER, Language.JAPANESE)
    session = await core.session()
    turn = await running(core, session, reached_model=True)
    worker = core.worker()
    for _ in range(2):
        await worker.recover(alone=True)
        await run_all(worker)

    assert core.launcher.prompts == []
    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert (await core.read_session(session.id)).state is SessionState.IDLE
    assert len(await core.texts()) == 1
    assert "再起動" in told(core)


async def test_at_start_one_that_was_being_stopped_is_stopped_without_a_word() -> None:
    core = Core()
    session = await core.session()
    turn = await running(core, session, reached_model=True)
    await stop(core, session)
    await core.worker().recover(alone=True)

    assert (await core.read_turn(turn.id)).state is TurnState.STOPPED
    assert (await core.read_session(session.id)).state is SessionState.STOPPED
    assert await core.deliveries() == []


async def test_a_turn_that_ends_its_process_every_time_is_given_up() -> None:
    core = Core()
    turn = await running(core, await core.session(), runs=MOST_RUNS)
    await core.worker().recover(alone=True)

    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert told(core).startswith("I tried this 3 times and was restarted each time")


async def test_what_waited_behind_an_interrupted_turn_runs() -> None:
    core = Core()
    session = await core.session()
    await running(core, session, reached_model=True)
    await core.ask(session, "next")
    worker = core.worker()
    await worker.recover(alone=True)
    await run_all(worker)

    assert core.launcher.prompts == ["next"]


async def test_a_result_that_cannot_be_stored_does_not_hold_the_end_up_for_ever() -> None:
    """The next start finds the turn running and settles it."""
    gate = asyncio.Event()
    core = Core(
        launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate), finished("made it")]),
        drain_for=timedelta(milliseconds=1),
    )
    turn = await core.ask(await core.session())
    worker = replace(core.worker(), wind_up_for=timedelta(milliseconds=1))
    loop = asyncio.ensure_future(worker.run())
    await core.launcher.wait_for_prompt("hello")
    core.store.error = OSError("no space left")
    loop.cancel()
    await asyncio.wait([loop], timeout=5)
    core.store.error = None

    assert loop.done()
    assert (await core.read_turn(turn.id)).state is TurnState.RUNNING


async def test_a_turn_that_was_settled_meanwhile_is_not_told_twice() -> None:
    gate = asyncio.Event()
    core = Core(
        launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate), finished("made it")])
    )
    turn = await core.ask(await core.session())
    slow = core.worker()
    await slow.start_ready()
    await core.launcher.wait_for_prompt("hello")
    await core.worker("worker-2").recover(alone=True)
    gate.set()
    await slow.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert len(await core.texts()) == 1


async def test_a_turn_whose_start_failed_while_draining_runs_at_the_next_start() -> None:
    """Claude had not been asked, so nothing is repeated and nobody need be told."""
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [finished("never")]))
    core.launcher.connect_errors.append(AgentError("no start"))
    turn = await core.ask(await core.session())
    worker = core.worker()
    await worker.start_ready()
    for run in worker.runs:
        run.end(Ending.DRAINED)
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.QUEUED
    assert await core.texts() == []
