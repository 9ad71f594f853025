"""Several workers and one session: who has it, who takes it over, who comes too late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.leases import LEASE_FOR as LEASE
from orchestrator_core.messages import ApprovalTap
from orchestrator_core.model import ProcessMark, Session, SessionState, Turn, TurnState
from orchestrator_core.worker import Worker
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, UseTool, answer, finished
from tests.people import HOME, OWNER
from tests.turns import SlowLauncher, run_all
from tests.waiting import until


@dataclass(slots=True)
class OnAnotherHost(FakeAgentLauncher):
    """Its processes are out of reach for whoever takes over."""

    def end_process(self, process: ProcessMark) -> None:
        self.ended.append(process)


def holding(gate: asyncio.Event, *, text: str = "made it") -> Core:
    """A Claude that answers when the gate opens."""
    return Core(launcher=OnAnotherHost(script=lambda _: [Hold(event=gate), finished(text)]))


async def at_work(core: Core, worker: Worker) -> tuple[Session, Turn]:
    """A turn of a new session, in this worker's hands and before the model."""
    session = await core.session()
    turn = await core.ask(session)
    await worker.start_ready()
    await core.launcher.wait_for_prompt("hello")
    return session, turn


async def test_a_turn_is_run_by_one_worker_only() -> None:
    gate = asyncio.Event()
    core = holding(gate)
    one, two = core.worker("one"), core.worker("two")
    await at_work(core, one)
    await two.start_ready()
    gate.set()
    await one.settle()

    assert two.runs == []
    assert core.launcher.prompts == ["hello"]


async def test_a_dead_workers_turn_is_taken_over_when_its_lease_has_run_out() -> None:
    core = holding(asyncio.Event())
    session, turn = await at_work(core, core.worker("dead"))
    other = core.worker("other")
    await other.takeover.settle_left()
    before = (await core.read_turn(turn.id)).state
    core.clock.advance(LEASE)
    await other.takeover.settle_left()

    assert before is TurnState.RUNNING
    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    after = await core.read_session(session.id)
    assert (after.state, after.lease) == (SessionState.IDLE, None)
    assert len(await core.texts()) == 1


async def test_what_the_dead_workers_claude_left_running_is_ended_first() -> None:
    core = holding(asyncio.Event())
    await at_work(core, core.worker("dead"))
    core.clock.advance(LEASE)
    await core.worker("other").takeover.settle_left()

    assert core.launcher.ended == [ProcessMark(host="here", pid=1, started="then")]


async def test_a_renewed_lease_is_not_taken_over() -> None:
    core = holding(asyncio.Event())
    slow = core.worker("slow")
    _, turn = await at_work(core, slow)
    core.clock.advance(LEASE - timedelta(seconds=1))
    await slow.look_after_leases()
    core.clock.advance(LEASE - timedelta(seconds=1))
    await core.worker("other").takeover.settle_left()

    assert (await core.read_turn(turn.id)).state is TurnState.RUNNING


async def test_a_worker_that_was_paused_ends_its_own_claude_before_anything_else() -> None:
    core = holding(asyncio.Event())
    paused = core.worker("paused")
    session, turn = await at_work(core, paused)
    core.clock.advance(LEASE)
    core.store.error = OSError("not asked yet")
    try:
        await paused.look_after_leases()
    except OSError:
        core.store.error = None

    assert core.launcher.kills == [session.id]
    await paused.settle()
    assert (await core.read_turn(turn.id)).state is TurnState.RUNNING
    assert await core.texts() == []


async def test_a_worker_that_lost_its_session_says_nothing_more() -> None:
    core = holding(asyncio.Event())
    late = core.worker("late")
    session, turn = await at_work(core, late)
    core.clock.advance(LEASE)
    await core.worker("other").takeover.settle_left()
    await late.look_after_leases()
    await late.settle()

    assert core.launcher.kills == [session.id]
    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert len(await core.texts()) == 1


async def test_what_a_late_result_cost_is_booked_once_all_the_same() -> None:
    gate = asyncio.Event()
    core = holding(gate, text="too late")
    late = core.worker("late")
    session, turn = await at_work(core, late)
    core.clock.advance(LEASE)
    await core.worker("other").takeover.settle_left()
    gate.set()
    await late.settle()

    assert [(entry.turn_id, entry.run) for entry in core.store.cost_entries] == [(turn.id, 1)]
    after = await core.read_session(session.id)
    assert after.cost_usd == core.store.cost_entries[0].usd
    assert "too late" not in await core.texts()


async def test_no_tool_runs_once_the_lease_has_run_out() -> None:
    """The tap may come minutes later; by then somebody else may have the session."""
    core = Core(
        launcher=FakeAgentLauncher(
            script=lambda _: [UseTool(tool="Bash", tool_input={"command": "ls"}), finished("ok")]
        )
    )
    worker = core.worker()
    _, turn = await at_work(core, worker)
    async with asyncio.timeout(5):
        while not (pending := await core.pending_approvals(turn.id)):  # noqa: ASYNC110
            await asyncio.sleep(0)
    core.clock.advance(LEASE)
    tap = ApprovalTap(approval_id=pending[0].id, nonce=pending[0].nonce, allow=True)
    tapped = ButtonTapped(chat=HOME, person_id=OWNER, tap=tap, reply_token=None)
    await core.answers(tapped)
    await worker.settle()

    assert core.launcher.verdicts == [False]


async def test_a_warm_session_stays_with_its_worker() -> None:
    core = Core()
    one, two = core.worker("one"), core.worker("two")
    session = await core.session()
    await core.ask(session)
    await run_all(one)
    await one.look_after_leases()
    await core.ask(session, "next")
    await two.start_ready()

    assert two.runs == []
    await run_all(one)
    assert core.launcher.prompts == ["hello", "next"]
    assert len(core.launcher.clients) == 1


async def test_a_session_whose_claude_is_no_longer_warm_is_anyones() -> None:
    core = Core()
    one, two = core.worker("one"), core.worker("two")
    session = await core.session()
    await core.ask(session)
    await run_all(one)
    await core.clients.close(session.id)
    await one.look_after_leases()
    await core.ask(session, "next")
    await run_all(two)

    assert core.launcher.prompts == ["hello", "next"]


async def test_a_worker_with_all_hands_full_lets_others_have_its_idle_sessions() -> None:
    gate = asyncio.Event()

    def script(prompt: str) -> list[Step]:
        return [Hold(event=gate), finished("slow")] if prompt == "slow" else answer("quick")

    core = Core(launcher=FakeAgentLauncher(script=script), most_at_once=1)
    full, other = core.worker("full"), core.worker("other")
    idle = await core.session()
    await core.ask(idle)
    await run_all(full)
    await core.ask(await core.session(), "slow")
    await full.start_ready()
    await core.launcher.wait_for_prompt("slow")
    await core.ask(idle, "next")
    await full.make_way()
    await other.start_ready()
    await core.launcher.wait_for_prompt("next")
    await other.settle()
    gate.set()
    await full.settle()

    assert core.launcher.prompts == ["hello", "slow", "next"]
    assert core.launcher.closes == [idle.id]


async def test_a_worker_that_ends_gives_its_sessions_back_at_once() -> None:
    core = Core()
    one, two = core.worker("one"), core.worker("two")
    session = await core.session()
    await core.ask(session)
    loop = asyncio.ensure_future(one.run())
    await core.launcher.wait_for_prompt("hello")
    loop.cancel()
    await asyncio.wait([loop], timeout=5)
    await core.ask(session, "next")
    await run_all(two)

    assert core.launcher.prompts == ["hello", "next"]


async def test_a_turn_that_had_not_reached_the_model_runs_at_another_worker() -> None:
    core = Core()
    turn = await core.ask(await core.session())
    async with core.store.transaction() as records:
        await records.turns.claim(core.worker("dead").tools.leases.claim(), limit=1)
    core.clock.advance(LEASE)
    other = core.worker("other")
    await other.takeover.settle_left()
    await run_all(other)

    assert core.launcher.prompts == ["hello"]
    assert (await core.read_turn(turn.id)).runs == 2


async def test_a_worker_that_is_alone_keeps_its_sessions_through_a_sleep() -> None:
    """Of the machine: nobody else can have taken them."""
    gate = asyncio.Event()
    core = holding(gate)
    worker = core.worker(alone=True)
    _, turn = await at_work(core, worker)
    core.clock.advance(timedelta(hours=8))
    await worker.look_after_leases()
    await worker.takeover.settle_left()
    gate.set()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert await core.texts() == ["made it"]


async def test_a_prompt_that_could_not_be_given_to_claude_is_queued_again() -> None:
    """The database was away for a moment; Claude has seen nothing of it."""
    launcher = SlowLauncher()
    core = Core(launcher=launcher)
    turn = await core.ask(await core.session())
    worker = core.worker()
    await worker.start_ready()
    await until(lambda: launcher.asked == 1)
    core.store.error = OSError("away")
    launcher.may_start.set()
    await worker.settle()
    core.store.error = None
    await worker.takeover.settle_left()
    await run_all(worker)

    after = await core.read_turn(turn.id)
    assert (after.state, after.runs) == (TurnState.DONE, 2)
    assert core.launcher.prompts == ["hello"]
