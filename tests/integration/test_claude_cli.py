"""The real Claude Code on a scripted model: how it starts, what it says, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.simulator.model_replies import Hang, Refuse, UseTool
from orchestrator_core.agent_events import ApiRetried, Finished
from orchestrator_core.claude_launcher import (
    ClaudeLauncher,
    ClaudeOptions,
    cli_version,
    is_signed_in,
)
from orchestrator_core.errors import AgentError, AgentRefusedError
from tests.fakes.claude_cli import RealClaude, real_claude
from tests.fakes.conversation import PROFILE, allow, never_asked


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealClaude]:
    async with real_claude(tmp_path) as real:
        yield real


async def test_a_prompt_reaches_the_model_as_it_was_written(
    real: RealClaude, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    prompt = f"/help me with @{secret}"
    conversation = real.conversation()
    client = await real.launcher.connect(
        conversation.session, replace(PROFILE, system_prompt="Speak of rivers.")
    )
    try:
        await conversation.take(client, prompt)
    finally:
        await client.close()

    request = real.model.calls[0].request
    assert (request.prompt, request.earlier_prompts) == (prompt, ())
    assert request.system.endswith("Speak of rivers.")
    assert "hidden words" not in request.body


async def test_a_busy_api_is_told_and_waited_for(real: RealClaude) -> None:
    conversation = real.conversation()
    real.model.fail("busy", status=529, kind="overloaded_error")
    client = await real.launcher.connect(conversation.session, PROFILE)
    try:
        events = await conversation.take(client, "busy")
    finally:
        await client.close()

    retries = [event for event in events if isinstance(event, ApiRetried)]
    assert [(retry.attempt, retry.status) for retry in retries] == [(1, 529)]
    assert isinstance(events[-1], Finished) and not events[-1].is_error


async def test_what_waiting_cannot_mend_is_refused_at_once_and_the_client_goes_on(
    real: RealClaude,
) -> None:
    poor = "Your credit balance is too low to access the Anthropic API."
    real.model.fail("[key]", status=401, kind="authentication_error", times=20)
    real.model.on("[credit]", *[_refusal(poor)] * 20)
    real.model.on("[shape]", *[_refusal("no such shape")] * 20)
    conversation = real.conversation()
    client = await real.launcher.connect(conversation.session, PROFILE)
    try:
        with pytest.raises(AgentRefusedError) as key:
            await conversation.take(client, "[key]")
        with pytest.raises(AgentRefusedError) as credit:
            await conversation.take(client, "[credit]")
        shape = (await conversation.take(client, "[shape]"))[-1]
        fine = (await conversation.take(client, "hello"))[-1]
    finally:
        await client.close()

    assert (key.value.reason, credit.value.reason) == ("auth", "billing")
    assert len(real.model.seen("[key]")) == 1
    assert isinstance(shape, Finished) and isinstance(fine, Finished)
    assert shape.is_error and "no such shape" in shape.text
    assert not fine.is_error


async def test_closing_during_a_tool_call_ends_the_whole_process_tree(real: RealClaude) -> None:
    started = real.workspace / "started"
    os.mkfifo(started)
    command = "(trap '' TERM HUP; sleep 300) & echo up > started; sleep 301"
    real.model.on("sleep", UseTool(tool="Bash", tool_input={"command": command}))
    conversation = real.conversation()
    client = await real.launcher.connect(conversation.session, PROFILE)
    turn = asyncio.create_task(conversation.take(client, "sleep", permit=allow))
    async with asyncio.timeout(20):
        await asyncio.to_thread(started.read_text)
    during = client.pids
    await client.close()
    with contextlib.suppress(AgentError):
        await turn

    assert len(during) >= 3
    assert client.pids == []
    assert not [pid for pid in during if _runs(pid)]


async def test_a_listener_that_stalls_holds_up_neither_the_interrupt_nor_the_end(
    real: RealClaude,
) -> None:
    """More messages than the SDK's own buffer holds arrive while nobody listens."""
    (real.workspace / "a.txt").write_text("a")
    look = UseTool(tool="Read", tool_input={"file_path": "a.txt"})
    real.model.on("look", *[look] * 52, Hang())
    client = await real.launcher.connect(real.conversation().session, PROFILE)
    turn = client.ask("look", permit=never_asked)
    await anext(turn)
    await real.model.wait_for("look", count=53)
    async with asyncio.timeout(2):
        await client.interrupt()
    rest = [event async for event in turn]
    await client.close()

    assert len(rest) > 100
    assert isinstance(rest[-1], Finished) and rest[-1].reason.startswith("aborted_")
    assert client.pids == []


async def test_a_first_turn_that_was_interrupted_can_be_resumed(real: RealClaude) -> None:
    conversation = real.conversation()
    real.model.on("hang", Hang(begin=False))
    client = await real.launcher.connect(conversation.session, PROFILE)
    turn = asyncio.create_task(conversation.take(client, "hang"))
    await real.model.wait_for("hang")
    await client.interrupt()
    await turn
    await client.close()
    again = await real.launcher.connect(conversation.session, PROFILE)
    try:
        await conversation.take(again, "go on")
    finally:
        await again.close()

    assert real.model.seen("go on")[0].request.earlier_prompts == ("hang",)


async def test_a_first_turn_killed_before_an_answer_starts_afresh(real: RealClaude) -> None:
    """Nothing was written yet, so an id to resume by would lead nowhere."""
    conversation = real.conversation()
    real.model.on("hang", Hang(begin=False))
    client = await real.launcher.connect(conversation.session, PROFILE)
    turn = asyncio.create_task(conversation.take(client, "hang"))
    await real.model.wait_for("hang")
    real.kill(client)
    with pytest.raises(AgentError):
        await turn
    await client.close()
    again = await real.launcher.connect(conversation.session, PROFILE)
    try:
        answer = (await conversation.take(again, "once more"))[-1]
    finally:
        await again.close()

    assert isinstance(answer, Finished) and not answer.is_error


async def test_what_an_earlier_client_left_running_is_ended_before_the_session_goes_on(
    real: RealClaude,
) -> None:
    """As after a kill of the gateway: nobody closed the first client. Other sessions live on."""
    conversation, other = real.conversation(), real.conversation()
    other.session = replace(other.session, id="s2")
    left = await real.launcher.connect(conversation.session, PROFILE)
    bystander = await real.launcher.connect(other.session, PROFILE)
    await conversation.take(left, "hello")
    again = await real.launcher.connect(conversation.session, PROFILE)
    try:
        assert left.pids == []
        assert bystander.is_alive and bystander.pids and again.pids
    finally:
        for client in (left, bystander, again):
            await client.close()


async def test_a_cancelled_start_leaves_no_process(real: RealClaude) -> None:
    before = _children()
    starting = asyncio.create_task(real.launcher.connect(real.conversation().session, PROFILE))
    async with asyncio.timeout(20):
        while not _children() - before:
            await asyncio.wait([starting], timeout=0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert not [pid for pid in _children() - before if _runs(pid)]


async def test_a_missing_cli_and_a_missing_workspace_are_told_apart(
    real: RealClaude, tmp_path: Path
) -> None:
    launcher = ClaudeLauncher(replace(real.options, cli_path=tmp_path / "nothing"))
    session = real.conversation().session
    with pytest.raises(AgentRefusedError) as no_cli:
        await launcher.connect(session, PROFILE)
    with pytest.raises(AgentRefusedError) as no_workspace:
        await real.launcher.connect(replace(session, workspace="/no/such/place"), PROFILE)

    assert no_cli.value.reason == "no_cli"
    assert no_workspace.value.reason == "no_workspace"


def test_the_version_of_the_cli_is_known_without_running_it(tmp_path: Path) -> None:
    lone = tmp_path / "claude"
    lone.write_text("#!/bin/sh\n")
    lone.chmod(0o755)

    assert (cli_version() or "").startswith("2.")
    assert cli_version(lone) == "unknown"
    assert cli_version(tmp_path / "nothing") is None


async def test_a_login_is_known_without_asking_the_api(tmp_path: Path) -> None:
    folder = {"CLAUDE_CONFIG_DIR": str(tmp_path), "ANTHROPIC_API_KEY": ""}

    assert not is_signed_in(ClaudeOptions(environment=folder), frozenset())
    with_key = ClaudeOptions(environment={**folder, "ANTHROPIC_API_KEY": "key"})
    assert is_signed_in(with_key, frozenset())


async def test_a_cli_that_is_asked_about_its_login_sees_nothing_that_is_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "hidden")
    monkeypatch.setenv("denrei_owners", "hidden too")
    cli = tmp_path / "claude"
    cli.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\necho '{{\"loggedIn\": true}}'\n")
    cli.chmod(0o700)
    options = ClaudeOptions(environment={"CLAUDE_CONFIG_DIR": "/home-of-its-own"}, cli_path=cli)

    assert is_signed_in(options, frozenset({"LINE_CHANNEL_SECRET", "DENREI_OWNERS"}))
    seen = (tmp_path / "seen").read_text()
    assert "hidden" not in seen
    assert "CLAUDE_CONFIG_DIR=/home-of-its-own" in seen
    assert "PATH=" in seen


def _refusal(message: str) -> Refuse:
    return Refuse(status=400, kind="invalid_request_error", message=message)


def _told(real: RealClaude, prompt: str) -> str:
    """What the model was told of the tool call it made for the prompt."""
    return real.model.seen(prompt)[1].request.tool_results[0].text


def _runs(pid: int) -> bool:
    """Not even as a zombie that waits for its parent: those do nothing any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _children() -> set[int]:
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
