"""What AgentLauncher and AgentClient promise: the fake, the real Claude Code and
the one of the chaos tests alike."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator_core.agent_events import (
    AgentEvent,
    Finished,
    Opened,
    TextWritten,
    ToolCalled,
    ToolFinished,
)
from orchestrator_core.errors import AgentError, AgentRefusedError
from orchestrator_core.model import JsonObject, Ruling
from orchestrator_core.ports import AgentClient, Verdict
from tests.chaos.agent import write_executable
from tests.contracts.agent_stages import FakeStage, RealStage, Stage
from tests.fakes.claude_cli import real_claude
from tests.fakes.conversation import PROFILE, Conversation, allow, new_session


@pytest.fixture(params=["fake", "real", "scripted"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    if request.param == "fake":
        yield FakeStage(tmp_path)
    else:
        scripted = request.param == "scripted"
        cli = write_executable(tmp_path / "scripted") if scripted else None
        async with real_claude(tmp_path, cli) as real:
            yield RealStage(real)


@pytest.fixture
def conversation(stage: Stage) -> Conversation:
    return Conversation(new_session(stage.workspace))


@pytest.fixture
async def client(stage: Stage, conversation: Conversation) -> AsyncIterator[AgentClient]:
    client = await stage.launcher.connect(conversation.session, PROFILE)
    yield client
    await client.close()


async def test_a_turn_opens_writes_and_finishes_in_this_order(
    client: AgentClient, conversation: Conversation
) -> None:
    events = await conversation.take(client, "hello")

    assert [type(event) for event in events] == [Opened, TextWritten, Finished]
    assert isinstance(events[1], TextWritten) and isinstance(events[2], Finished)
    assert events[2].text == events[1].text != ""
    assert (events[2].is_error, events[2].reason) == (False, "success")


async def test_the_next_turn_runs_on_the_same_client_and_is_not_opened_again(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    await conversation.take(client, "first")
    events = await conversation.take(client, "second")

    assert [type(event) for event in events] == [TextWritten, Finished]
    assert stage.asked_before("second") == ["first"]


async def test_a_turn_is_charged_what_it_cost_and_the_totals_go_on(
    client: AgentClient, conversation: Conversation
) -> None:
    first = (await conversation.take(client, "first"))[-1]
    second = (await conversation.take(client, "second"))[-1]

    assert isinstance(first, Finished) and isinstance(second, Finished)
    assert first.cost_usd > 0 and second.cost_usd > 0
    assert second.reported_total_usd == first.cost_usd + second.cost_usd


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_tool_call_is_asked_for_and_the_answer_is_kept_to(
    stage: Stage, client: AgentClient, conversation: Conversation, allowed: bool
) -> None:
    asked: list[tuple[str, JsonObject]] = []

    async def permit(tool: str, tool_input: JsonObject, _ruling: Ruling) -> Verdict:
        asked.append((tool, tool_input))
        return Verdict(allow=allowed, message="not today")

    stage.writes_file("note it", "note.txt")
    events = await conversation.take(client, "note it", permit=permit)

    assert [tool for tool, _ in asked] == ["Write"]
    assert asked[0][1]["content"] == "hi"
    kinds = [type(event) for event in events if not isinstance(event, Opened)]
    assert kinds == [ToolCalled, ToolFinished, TextWritten, Finished]
    [ended] = [event for event in events if isinstance(event, ToolFinished)]
    assert ended.is_error is not allowed


async def test_an_interrupted_turn_finishes_as_aborted_and_the_client_goes_on(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    stage.hangs("wait here")
    turn = asyncio.create_task(conversation.take(client, "wait here"))
    await stage.wait_for("wait here")
    await client.interrupt()
    ending = (await turn)[-1]
    events = await conversation.take(client, "and now")

    assert isinstance(ending, Finished)
    assert ending.reason.startswith("aborted_")
    assert isinstance(events[-1], Finished) and events[-1].reason == "success"


async def test_an_interrupt_cancels_the_question_that_waits_for_a_person(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    waiting, cancelled = asyncio.Event(), asyncio.Event()

    async def permit(_tool: str, _tool_input: JsonObject, _ruling: Ruling) -> Verdict:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError("nobody answers")

    stage.writes_file("note it", "note.txt")
    turn = asyncio.create_task(conversation.take(client, "note it", permit=permit))
    async with asyncio.timeout(20):
        await waiting.wait()
        await client.interrupt()
        await cancelled.wait()
        ending = (await turn)[-1]

    assert isinstance(ending, Finished)
    assert ending.reason.startswith("aborted_")


async def test_an_interrupt_between_turns_does_nothing(
    client: AgentClient, conversation: Conversation
) -> None:
    await client.interrupt()
    events = await conversation.take(client, "hello")

    assert isinstance(events[-1], Finished) and events[-1].reason == "success"


async def test_a_turn_left_early_leaves_nothing_behind_for_the_next(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    stage.hangs("wait here")
    left = asyncio.create_task(_leave_open(client, "wait here"))
    await stage.wait_for("wait here")
    left.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await left
    events = await conversation.take(client, "and now")

    assert [type(event) for event in events if not isinstance(event, Opened)] == [
        TextWritten,
        Finished,
    ]


async def test_a_conversation_goes_on_after_its_client_was_closed(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    await conversation.take(client, "first")
    await client.close()
    again = await stage.launcher.connect(conversation.session, PROFILE)
    try:
        events = await conversation.take(again, "second")
    finally:
        await again.close()

    assert stage.asked_before("second") == ["first"]
    assert not any(isinstance(event, Opened) for event in events)


async def test_an_unknown_conversation_is_refused(
    stage: Stage, conversation: Conversation
) -> None:
    conversation.remember(Opened(claude_session_id="00000000-0000-4000-8000-000000000000"))
    with pytest.raises(AgentRefusedError) as refusal:
        await stage.launcher.connect(conversation.session, PROFILE)

    assert refusal.value.reason == "no_conversation"


async def test_a_client_that_dies_ends_the_turn_and_is_known_to_be_dead(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    stage.hangs("wait here")
    turn = asyncio.create_task(conversation.take(client, "wait here"))
    await stage.wait_for("wait here")
    stage.kill(client)
    with pytest.raises(AgentError):
        await turn

    assert not client.is_alive
    with pytest.raises(AgentError):
        await conversation.take(client, "anyone there?")


async def test_a_second_turn_at_the_same_time_is_refused(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    stage.hangs("wait here")
    turn = asyncio.create_task(conversation.take(client, "wait here"))
    await stage.wait_for("wait here")
    with pytest.raises(AgentError):
        await conversation.take(client, "me too")
    await client.interrupt()

    assert isinstance((await turn)[-1], Finished)


async def test_killed_it_fails_the_turn_under_way_and_can_still_be_closed(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    stage.hangs("wait here")
    turn = asyncio.create_task(conversation.take(client, "wait here"))
    await stage.wait_for("wait here")
    await client.kill()
    with pytest.raises(AgentError):
        await turn

    assert not client.is_alive
    await client.close()


async def test_ending_a_recorded_process_ends_its_client_and_no_other(
    stage: Stage, client: AgentClient, conversation: Conversation
) -> None:
    stage.hangs("wait here")
    turn = asyncio.create_task(conversation.take(client, "wait here"))
    await stage.wait_for("wait here")
    process = client.process
    assert process is not None
    for other in (replace(process, started="never"), replace(process, host="elsewhere")):
        stage.launcher.end_process(other)
    alive = client.is_alive and not turn.done()
    stage.launcher.end_process(process)
    with pytest.raises(AgentError):
        await turn

    assert alive
    assert not client.is_alive


async def test_closing_twice_is_closing_once(client: AgentClient) -> None:
    await client.close()
    await client.close()

    assert not client.is_alive


async def _leave_open(client: AgentClient, prompt: str) -> list[AgentEvent]:
    async with contextlib.aclosing(client.ask(prompt, permit=allow)) as events:
        return [event async for event in events]
