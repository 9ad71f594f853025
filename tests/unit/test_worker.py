"""Turns: claimed in order, run side by side, answered and paid for."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.agent_events import ApiRetried, TextWritten
from orchestrator_core.model import SessionState, TurnState
from orchestrator_core.ports import Topic
from orchestrator_core.run_notes import last_line
from tests.core import Core, token
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, answer, finished
from tests.people import OWNER, at_home
from tests.turns import run_all
from tests.waiting import going, until


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
