"""Turns: claimed in order, run side by side, stopped, drained, recovered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.agent_events import ApiRetried, TextWritten
from orchestrator_core.agents import AgentBook
from orchestrator_core.errors import AgentError, AgentRefusedError
from orchestrator_core.model import (
    JsonObject,
    Language,
    Session,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.ports import AgentProfile, Topic
from orchestrator_core.turn_run import last_line
from orchestrator_core.worker import MOST_RUNS, Worker
from tests.core import HOME, OWNER, Core, at_home, going, token, until
from tests.fakes.agent import (
    FakeAgentClient,
    FakeAgentLauncher,
    Hold,
    Step,
    UseTool,
    answer,
    finished,
)


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


async def running(core: Core, session: Session, **changes: object) -> Turn:
    """A turn that a dead process left running."""
    turn = await core.ask(session)
    async with core.store.transaction() as records:
        claimed = await records.turns.claim(core.clock.now())
    assert claimed is not None and claimed.id == turn.id
    return await core.save_turn(claimed, **changes)


async def test_an_answer_is_written_sent_and_paid_for() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: answer("All\n\ngreen.", cost="0.25")))
    await core.know()
    session = await core.session()
    turn = await core.ask(session, "run the tests", origin=at_home(OWNER, token(core)))
    core.clock.advance(timedelta(seconds=3))
    await run_all(core.worker())
    after = await core.read_session(session.id)
    [delivery] = await core.deliveries()
    async with core.store.read() as records:
        messages = await records.log.messages(session.id)

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert delivery.messages[0]["text"] == "All\n\ngreen."
    assert delivery.turn_id == turn.id
    assert delivery.reply_token == turn.reply_token is not None
    assert [(one.role, one.text) for one in messages] == [
        ("prompt", "run the tests"),
        ("answer", "All\n\ngreen."),
    ]
    assert (after.state, after.last_line) == (SessionState.IDLE, "green.")
    assert after.cost_usd == after.reported_total_usd == Decimal("0.25")
    assert [entry.usd for entry in core.store.cost_entries] == [Decimal("0.25")]
    assert core.metrics.spent == Decimal("0.25")
    assert core.metrics.latencies == [3000]
    assert core.metrics.times("turns", state="done") == 1


async def test_costs_of_a_session_add_up() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: answer("ok", cost="0.25")))
    session = await core.session()
    for _ in range(3):
        await core.ask(session)
    await run_all(core.worker())

    assert (await core.read_session(session.id)).cost_usd == Decimal("0.75")
    assert sum(entry.usd for entry in core.store.cost_entries) == Decimal("0.75")


async def test_prompts_of_a_session_run_one_after_the_other_in_order() -> None:
    gate = asyncio.Event()
    core = Core(
        launcher=FakeAgentLauncher(
            script=lambda prompt: [Hold(event=gate), finished(prompt)] if prompt == "one" else []
        )
    )
    session = await core.session()
    for prompt in ("one", "two", "three"):
        await core.ask(session, prompt)
    worker = core.worker()
    async with going(worker.run()):
        await core.launcher.wait_for_prompt("one")
        at_first = list(core.launcher.prompts)
        gate.set()
        await core.launcher.wait_for_prompt("three")

    assert at_first == ["one"]
    assert core.launcher.prompts == ["one", "two", "three"]
    assert len(core.launcher.clients) == 1


async def test_no_more_turns_run_at_once_than_allowed() -> None:
    gate = asyncio.Event()
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate)]), most_at_once=2)
    for name in ("a", "b", "c"):
        await core.ask(await core.session(), name)
    async with going(core.worker().run()):
        await core.launcher.wait_for_prompt("b")
        await until(lambda: core.metrics.active == 2)
        at_once = sorted(core.launcher.prompts)
        gate.set()
        await core.launcher.wait_for_prompt("c")

    assert at_once == ["a", "b"]


async def test_every_event_of_a_turn_is_kept_in_order() -> None:
    script: list[Step] = [
        TextWritten(text="Let me see."),
        ApiRetried(attempt=1, max_attempts=10, delay_ms=500, status=529),
        finished("Done."),
    ]
    core = Core(launcher=FakeAgentLauncher(script=lambda _: script))
    session = await core.session()
    await core.ask(session)
    await run_all(core.worker())
    events = await core.events(session.id)

    assert [event.kind for event in events] == [
        *("session_started", "prompt", "opened", "text", "api_retried", "turn_done"),
    ]
    assert events[-1].data == {"text": "Done."}
    assert core.metrics.times("api_retries", status="529") == 1
    assert Topic.EVENTS in core.wakeups.rung


async def test_a_conversation_is_resumed_by_the_id_it_was_given() -> None:
    core = Core()
    session = await core.session()
    await core.ask(session, "one")
    await run_all(core.worker())
    known = (await core.read_session(session.id)).claude_session_id
    await core.clients.close_all()
    await core.ask(session, "two")
    await run_all(core.worker())

    assert known is not None
    assert core.launcher.conversations == {known: ["one", "two"]}


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
    assert (await core.texts())[0].startswith("I was restarted while Claude was working")


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
    await worker.recover()
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
        await worker.recover()
        await run_all(worker)

    assert core.launcher.prompts == []
    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert (await core.read_session(session.id)).state is SessionState.IDLE
    assert len(await core.texts()) == 1
    assert "再起動" in (await core.texts())[0]


async def test_at_start_one_that_was_being_stopped_is_stopped_without_a_word() -> None:
    core = Core()
    session = await core.session()
    turn = await running(core, session, reached_model=True)
    await stop(core, session)
    await core.worker().recover()

    assert (await core.read_turn(turn.id)).state is TurnState.STOPPED
    assert (await core.read_session(session.id)).state is SessionState.STOPPED
    assert await core.deliveries() == []


async def test_a_turn_that_ends_its_process_every_time_is_given_up() -> None:
    core = Core()
    turn = await running(core, await core.session(), runs=MOST_RUNS)
    await core.worker().recover()

    assert (await core.read_turn(turn.id)).state is TurnState.INTERRUPTED
    assert len(await core.texts()) == 1


async def test_what_waited_behind_an_interrupted_turn_runs() -> None:
    core = Core()
    session = await core.session()
    await running(core, session, reached_model=True)
    await core.ask(session, "next")
    worker = core.worker()
    await worker.recover()
    await run_all(worker)

    assert core.launcher.prompts == ["next"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AgentError("died"), "Claude could not be reached, or stopped in the middle."),
        (AgentRefusedError("auth"), "Claude refused the API key or login."),
        (AgentRefusedError("billing"), "Claude refused to work: the account has no credit"),
        (AgentRefusedError("no_conversation"), "Claude no longer has this conversation."),
        (AgentRefusedError("no_cli"), "Claude Code is not installed on the server."),
        (AgentRefusedError("no_workspace"), "The session's folder is not on the server"),
    ],
)
@pytest.mark.parametrize("when", ["at its start", "in the middle"])
async def test_a_claude_that_fails_is_told_and_the_session_goes_on(
    error: AgentError, text: str, when: str
) -> None:
    core = Core()
    session = await core.session()
    if when == "at its start":
        core.launcher.connect_errors.append(error)
    else:
        core.launcher.script = lambda _: error
    turn = await core.ask(session)
    await run_all(core.worker())
    core.launcher.script = lambda _: answer("back again")
    await core.ask(session, "and now?")
    await run_all(core.worker())

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED
    assert (await core.texts())[0].startswith(text)
    assert (await core.texts())[1] == "back again"


async def test_a_claude_that_died_in_the_middle_is_not_asked_again() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: AgentError("died")))
    session = await core.session()
    await core.ask(session, "one")
    await run_all(core.worker())
    core.launcher.script = answer
    await core.ask(session, "two")
    await run_all(core.worker())

    assert len(core.launcher.clients) == 2
    assert core.launcher.closes == [session.id]


async def test_an_unknown_conversation_is_begun_afresh_by_the_next_prompt() -> None:
    core = Core()
    session = await core.session()
    async with core.store.transaction() as records:
        now = await records.sessions.lock(session.id)
        await records.sessions.save(replace(now, claude_session_id="forgotten"))
    await core.ask(session, "one")
    await core.ask(session, "two")
    await run_all(core.worker())

    assert core.launcher.prompts == ["two"]


async def test_an_answer_with_an_error_says_what_claude_said() -> None:
    end = finished("API Error: 400", is_error=True, reason="error_during_execution")
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [end]))
    turn = await core.ask(await core.session())
    await run_all(core.worker())

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED
    assert await core.texts() == [
        "API Error: 400\n\nClaude ended with an error. Please try again."
    ]


@pytest.mark.parametrize("text", ["", "  \n\t"])
async def test_an_answer_without_words_is_said_to_be_one(text: str) -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [finished(text)]))
    turn = await core.ask(await core.session())
    await run_all(core.worker())

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert await core.texts() == ["Done. (Claude wrote no text.)"]


async def test_an_answer_of_a_session_that_is_not_current_carries_its_label() -> None:
    core = Core()
    old = await core.session()
    await core.ask(old, "fix the test")
    await core.session()
    await run_all(core.worker())

    assert await core.texts() == ["#1 fix the test\n\nYou wrote: fix the test"]


async def test_a_turn_of_the_api_is_answered_in_its_log_only() -> None:
    core = Core()
    session = await core.session(chat=None)
    async with core.store.transaction() as records:
        await core.desk.ask(records, session, "hi", now=core.clock.now())
    await run_all(core.worker())

    assert await core.deliveries() == []
    assert (await core.events(session.id))[-1].data == {"text": "You wrote: hi"}


async def test_when_the_budget_is_used_up_prompts_wait_for_the_next_day() -> None:
    core = Core(budget_usd=Decimal("0.02"))
    session = await core.session()
    for prompt in ("one", "two", "three"):
        await core.ask(session, prompt)
    worker = core.worker()
    await run_all(worker)
    today = list(core.launcher.prompts)
    core.clock.advance(timedelta(days=1))
    await run_all(worker)

    assert today == ["one", "two"]
    assert core.launcher.prompts == ["one", "two", "three"]
    assert "Today's budget is used up" in await core.texts()


async def test_an_answer_that_cannot_be_stored_yet_is_kept_until_it_can() -> None:
    gate = asyncio.Event()
    core = Core(
        launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate), finished("paid for")])
    )
    turn = await core.ask(await core.session())
    worker = core.worker()
    await worker.start_ready()
    await core.launcher.wait_for_prompt("hello")
    core.store.error = OSError("no space left")
    gate.set()
    await until(lambda: len(core.pauses) > 6)
    core.store.error = None
    await worker.settle()

    assert core.pauses[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert await core.texts() == ["paid for"]


async def test_an_answer_that_can_never_be_sent_does_not_hold_its_session_for_ever() -> None:
    core = Core(launcher=FakeAgentLauncher(script=answer))
    core.renderer.refuses = "poison"
    session = await core.session()
    poisoned = await core.ask(session, "poison")
    await core.ask(session, "next")
    await run_all(core.worker())

    assert (await core.read_turn(poisoned.id)).state is TurnState.FAILED
    assert (await core.texts())[-1] == "next"
    assert len(core.store.cost_entries) == 2


async def test_a_session_whose_agent_is_no_longer_configured_is_told_so() -> None:
    core = Core()
    session = await core.session(agent="reviewer")
    turn = await core.ask(session)
    other = await core.ask(await core.session(), "other")
    worker = replace(
        core.worker(),
        agents=AgentBook(profiles={"claude": core.profiles["claude"]}, default_workspace="/work"),
    )
    await run_all(worker)

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED
    assert (await core.read_turn(other.id)).state is TurnState.DONE
    assert "agent" in (await core.texts())[0]


async def test_when_an_event_cannot_be_written_claude_is_ended_not_forgotten() -> None:
    """Else a second one would be started beside it, on the same conversation."""
    gate = asyncio.Event()
    script: list[Step] = [Hold(event=gate), TextWritten(text="x"), finished("never seen")]
    core = Core(launcher=FakeAgentLauncher(script=lambda _: script))
    session = await core.session()
    turn = await core.ask(session)
    worker = core.worker()
    await worker.start_ready()
    await core.launcher.wait_for_prompt("hello")
    core.store.error = OSError("no space left")
    gate.set()
    await until(lambda: len(core.pauses) > 0)
    core.store.error = None
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED
    assert core.launcher.closes == [session.id]
    assert len(core.clients) == 0


async def test_loading_is_shown_in_a_private_chat_while_a_turn_runs() -> None:
    gate = asyncio.Event()
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate)]))
    await core.ask(await core.session())
    async with going(core.worker().run()):
        await core.messenger.wait_until(lambda: core.messenger.loading != [])
        gate.set()

    assert core.messenger.loading == [(HOME.id, 60)]


async def test_loading_is_shown_again_after_a_card_was_answered() -> None:
    """The card itself ends the animation."""
    gate = asyncio.Event()
    tool_input: JsonObject = {"command": "ls"}
    script: list[Step] = [UseTool(tool="Bash", tool_input=tool_input), Hold(event=gate)]
    core = Core(launcher=FakeAgentLauncher(script=lambda _: script))
    await core.know()
    await core.ask(await core.session())
    async with going(core.worker().run()):
        await until(lambda: "Claude asks: Bash" in shown_titles(core))
        await core.messenger.wait_until(lambda: len(core.messenger.loading) == 1)
        core.clock.advance(timedelta(minutes=11))
        core.wakeups.ring(Topic.APPROVALS)
        await core.messenger.wait_until(lambda: len(core.messenger.loading) == 2)
        gate.set()

    assert core.launcher.verdicts == [False]


def shown_titles(core: Core) -> list[str]:
    return [getattr(message, "title", "") for message in core.renderer.shown]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("One.\nTwo.\n", "Two."),
        ("It printed:\n```\nok\n```\n", "ok"),
        ("\n \n", ""),
    ],
)
def test_the_last_line_is_the_last_that_says_something(text: str, line: str) -> None:
    assert last_line(text) == line
