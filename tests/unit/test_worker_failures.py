"""Turns that fail: what the person is told, and what goes on all the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.agent_events import TextWritten
from orchestrator_core.agents import AgentBook
from orchestrator_core.errors import AgentError, AgentRefusedError
from orchestrator_core.model import TurnState
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, answer, finished
from tests.turns import run_all
from tests.waiting import until


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


async def test_an_event_that_cannot_be_written_costs_only_the_note_of_it() -> None:
    """The answer was paid for: it is stored and told once the database takes it again."""
    gate = asyncio.Event()
    script: list[Step] = [Hold(event=gate), TextWritten(text="x"), finished("the answer")]
    core = Core(launcher=FakeAgentLauncher(script=lambda _: script))
    turn = await core.ask(await core.session())
    worker = core.worker()
    await worker.start_ready()
    await core.launcher.wait_for_prompt("hello")
    core.store.error = OSError("no space left")
    gate.set()
    await until(lambda: len(core.pauses) > 0)
    core.store.error = None
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
    assert await core.texts() == ["the answer"]
    assert core.launcher.closes == []
