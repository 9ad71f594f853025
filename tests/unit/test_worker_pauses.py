"""A worker that was paused, or that could not reach its database, and comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from orchestrator_core.errors import AgentError
from orchestrator_core.heartbeat import Heartbeat
from orchestrator_core.leases import LEASE_FOR as LEASE
from orchestrator_core.model import TurnState
from orchestrator_core.run_outcome import Ending, RunResult
from orchestrator_core.worker import Worker
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, finished
from tests.turns import SlowLauncher, run_all
from tests.waiting import until


def holding(gate: asyncio.Event) -> Core:
    return Core(launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate), finished("ok")]))


async def until_asked(core: Core, worker: Worker) -> None:
    await worker.start_ready()
    await core.launcher.wait_for_prompt("hello")


async def test_a_turn_lost_and_claimed_again_is_run_once_by_its_new_self() -> None:
    """Paused while Claude starts; another queues it again; the first claims it once more."""
    launcher = SlowLauncher()
    core = Core(launcher=launcher)
    one, two = core.worker("one"), core.worker("two")
    turn = await core.ask(await core.session())
    await one.start_ready()
    await until(lambda: launcher.asked == 1)
    core.clock.advance(LEASE)
    await two.settle_left()
    await one.start_ready()
    in_hand = len(one.runs)
    launcher.may_start.set()
    await run_all(one)

    assert in_hand == 2
    after = await core.read_turn(turn.id)
    assert (after.state, after.runs) == (TurnState.DONE, 2)
    assert launcher.prompts == ["hello"]
    assert await core.texts() == ["You wrote: hello"]


async def test_what_a_lost_run_cost_is_booked_once() -> None:
    core = Core()
    turn = await core.ask(await core.session())
    lost = RunResult(finished=finished("too late", cost="0.25"), ending=Ending.LOST)
    for _ in range(2):
        await core.closer().book_late(turn, lost)

    assert [(entry.turn_id, entry.usd) for entry in core.store.cost_entries] == [
        (turn.id, Decimal("0.25"))
    ]
    assert (await core.read_session(turn.session_id)).cost_usd == Decimal("0.25")


async def test_a_worker_never_takes_over_what_it_has_in_hand() -> None:
    """Paused between two looks at its leases, when nobody else is there to take them."""
    gate = asyncio.Event()
    core = holding(gate)
    worker = core.worker(alone=True)
    turn = await core.ask(await core.session())
    await until_asked(core, worker)
    core.clock.advance(LEASE)
    await worker.settle_left()
    gate.set()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.DONE


async def test_a_claude_that_its_own_warden_ended_leaves_an_interrupted_turn() -> None:
    """The database was away for most of a lease: that is no failure of Claude's."""
    core = holding(asyncio.Event())
    worker = core.worker()
    turn = await core.ask(await core.session())
    await until_asked(core, worker)
    core.clock.advance(LEASE - timedelta(seconds=2))
    core.launcher.clients[0].die()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED


async def test_a_renewal_that_came_late_is_remembered() -> None:
    """The warden may have ended Claude before it; that is found out after it."""
    core = holding(asyncio.Event())
    worker = core.worker()
    turn = await core.ask(await core.session())
    await until_asked(core, worker)
    core.clock.advance(LEASE - timedelta(seconds=2))
    await worker.look_after_leases()
    core.launcher.clients[0].die()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED


async def test_a_claude_that_was_ended_before_it_was_asked_is_started_again() -> None:
    launcher = SlowLauncher()
    launcher.connect_errors.append(AgentError("ended by its warden"))
    core = Core(launcher=launcher)
    turn = await core.ask(await core.session())
    worker = core.worker()
    await worker.start_ready()
    await until(lambda: launcher.asked == 1)
    core.clock.advance(LEASE - timedelta(seconds=2))
    launcher.may_start.set()
    await run_all(worker)

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert launcher.prompts == ["hello"]


async def test_a_claude_started_while_the_heartbeat_was_late_is_started_again() -> None:
    """Its own lease is fresh, but its warden goes by the last time all were renewed."""
    launcher = SlowLauncher()
    launcher.connect_errors.append(AgentError("ended by its warden"))
    core = Core(launcher=launcher)
    worker = core.worker()
    await worker.look_after_leases()
    core.clock.advance(LEASE / 2)
    turn = await core.ask(await core.session())
    await worker.start_ready()
    await until(lambda: launcher.asked == 1)
    core.clock.advance(LEASE * 0.4)
    launcher.may_start.set()
    await run_all(worker)

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert launcher.prompts == ["hello"]


async def test_after_a_pause_the_leases_are_renewed_before_a_claude_is_started(
    tmp_path: Path,
) -> None:
    """Else the heartbeat it finds is an old one, and its warden ends it at once."""
    core = Core()
    heartbeat = Heartbeat(path=tmp_path / "heartbeat", seconds=LEASE.total_seconds())
    worker = core.worker()
    leases = replace(worker.tools.leases, heartbeat=heartbeat)
    worker = replace(worker, tools=replace(worker.tools, leases=leases))
    await worker.look_after_leases()
    heartbeat.path.unlink()
    await core.ask(await core.session())
    core.clock.advance(LEASE * 0.7)
    await worker.start_ready()
    has_beaten = heartbeat.path.exists()
    await worker.settle()

    assert has_beaten


async def test_a_claude_that_dies_in_good_time_is_a_failed_turn() -> None:
    core = holding(asyncio.Event())
    worker = core.worker()
    turn = await core.ask(await core.session())
    await until_asked(core, worker)
    core.launcher.clients[0].die()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED


async def test_shutdowns_while_claude_starts_are_not_held_against_a_prompt() -> None:
    launcher = SlowLauncher()
    core = Core(launcher=launcher)
    turn = await core.ask(await core.session())
    for started in range(1, 5):
        worker = core.worker(f"worker-{started}")
        await worker.start_ready()
        await until(lambda started=started: launcher.asked == started)  # type: ignore[misc]
        for run in worker.runs:
            run.end(Ending.DRAINED)
        launcher.may_start.set()
        await worker.settle()
        await core.clients.close_all()
        launcher.may_start.clear()

    after = await core.read_turn(turn.id)
    assert (after.state, after.runs) == (TurnState.QUEUED, 0)


async def test_an_agent_that_is_gone_holds_up_no_other_turn() -> None:
    core = Core()
    worker = core.worker()
    gone, fine = await core.session(agent="reviewer"), await core.session()
    await core.ask(gone, "old")
    turn = await core.ask(fine, "new")
    del core.profiles["reviewer"]
    await worker.start_ready()
    in_hand = len(worker.runs)
    await worker.look_after_leases()
    await worker.settle()

    assert in_hand == 2
    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert core.launcher.prompts == ["new"]
