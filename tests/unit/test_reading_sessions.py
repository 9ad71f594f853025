"""/log and /tail: what was said, and what was done."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from commands.log import PAGE, SHOWN_CHARACTERS
from commands.tail import STEPS
from orchestrator_core.agent_events import ApiRetried, TextWritten, ToolCalled, ToolFinished
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card
from orchestrator_core.model import Language, Session
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, answer
from tests.messages import commands_of
from tests.turns import run_all
from tests.waiting import going


async def talked(core: Core, *prompts: str) -> Session:
    session = await core.session()
    for prompt in prompts:
        await core.ask(session, prompt)
        core.clock.advance(timedelta(minutes=1))
        await run_all(core.worker())
    return session


async def test_the_conversation_is_shown_in_order_with_ages() -> None:
    core = Core()
    await talked(core, "hello", "and now?")
    [said] = await core.answers("/log")

    assert said.text.split("\n\n") == [
        "#1 hello",
        "▶ Prompt 1 · 2 minutes ago\nhello",
        "◀ Claude 2 · 1 minute ago\nYou wrote: hello",
        "▶ Prompt 3 · 1 minute ago\nand now?",
        "◀ Claude 4 · 0 seconds ago\nYou wrote: and now?",
    ]
    assert commands_of(said) == []


async def test_earlier_pages_are_a_tap_away_until_the_first_word() -> None:
    core = Core()
    await talked(core, *(f"p{n}" for n in range(PAGE)))
    [last] = await core.answers("/履歴 1")
    [first] = await core.answers(commands_of(last)[0] or "")

    assert commands_of(last)[0] == f"/log 1 before {PAGE + 1}"
    assert "▶ Prompt 1 · " in first.text and f"Prompt {PAGE + 1} " not in first.text
    assert commands_of(first) == []


async def test_a_long_message_is_cut_there_and_whole_behind_its_button() -> None:
    long = "word " * SHOWN_CHARACTERS
    core = Core(launcher=FakeAgentLauncher(script=lambda _: answer(long)))
    await talked(core, "hello")
    [said] = await core.answers("/log")
    [whole] = await core.answers(commands_of(said)[0] or "")

    assert len(said.text) < 2 * SHOWN_CHARACTERS and said.text.endswith(" …")
    assert commands_of(said) == ["/log 1 whole 2"]
    assert whole.text.endswith(long.strip())


async def test_messages_of_other_sessions_are_not_there() -> None:
    core = Core()
    await talked(core, "hello")
    await core.session()
    for line, key in (("/log 2 whole 1", "log.no_such"), ("/log 2", "log.empty")):
        with pytest.raises(PersonError) as error:
            await core.answers(line)
        assert error.value.key == key


async def test_a_session_may_have_the_name_of_a_word_of_this_command() -> None:
    core = Core()
    await talked(core, "before")
    [said] = await core.answers("/log before")

    assert said.text.startswith("#1 before")


def working(held: asyncio.Event) -> list[Step]:
    bash = {"command": "npm test\n--watch", "description": "Run the tests"}
    return [
        TextWritten(text="Let me\nsee."),
        ToolCalled(call_id="1", tool="Bash", tool_input=bash),
        ToolFinished(call_id="1", is_error=True),
        ToolCalled(call_id="2", tool="mcp__notes__list", tool_input={"n": 1}),
        ToolFinished(call_id="2", is_error=False),
        ApiRetried(attempt=2, max_attempts=10, delay_ms=500, status=529),
        Hold(event=held),
        *answer("done"),
    ]


async def test_the_latest_steps_of_what_is_at_work_are_told_in_plain_words() -> None:
    held = asyncio.Event()
    core = Core(launcher=FakeAgentLauncher(script=lambda _: working(held)))
    session = await core.session()
    await core.ask(session, "go")

    async def told() -> Card:
        [card] = await core.answers("/tail")
        assert isinstance(card, Card)
        return card

    async with going(core.worker().run()):
        await core.launcher.wait_for_prompt("go")
        async with asyncio.timeout(5):
            while "API" not in (card := await told()).text:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0)

    assert card.text.splitlines() == [
        "0 seconds ago · ▶ go",
        "0 seconds ago · “Let me see.”",
        "0 seconds ago · › Bash: npm test --watch",
        "0 seconds ago · ✕ the tool failed",
        "0 seconds ago · mcp__notes__list",
        "0 seconds ago · … Claude's API did not answer, try 2 of 10",
    ]
    assert commands_of(card) == ["/tail 1", "/interrupt 1", "/status 1"]


async def test_of_many_steps_the_last_are_shown_and_those_of_the_last_turn_only() -> None:
    def script(prompt: str) -> list[Step]:
        return [*(TextWritten(text=f"{prompt}{n}") for n in range(STEPS)), *answer("end")]

    core = Core(launcher=FakeAgentLauncher(script=script))
    await talked(core, "a", "b")
    [card] = await core.answers("/経過")
    lines = card.text.splitlines()

    assert len(lines) == STEPS
    assert lines[-1] == "0 seconds ago · ✓ done"
    assert not any("“a" in line for line in lines)
    assert commands_of(card) == ["/tail 1", "/status 1"]


async def test_of_a_session_that_did_nothing_there_is_nothing_to_tell() -> None:
    core = Core()
    await core.know(language=Language.JAPANESE)
    await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers("/t")

    assert error.value.key == "tail.none"
