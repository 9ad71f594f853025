"""What the real Claude Code may do without asking, and what a no does to it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.simulator.model_replies import UseTool
from orchestrator_core.claude_launcher import (
    ClaudeLauncher,
)
from orchestrator_core.model import Decision, JsonObject, Ruling
from orchestrator_core.ports import AgentClient, AskPermission, Verdict
from tests.fakes.claude_cli import RealClaude, real_claude
from tests.fakes.conversation import PROFILE, allow, never_asked


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealClaude]:
    async with real_claude(tmp_path) as real:
        yield real


class _Person:
    """Says no to everything, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, JsonObject]] = []

    async def permit(self, tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
        if ruling.decision is not Decision.ASK:
            return await allow(tool, tool_input, ruling)
        self.asked.append((tool, tool_input))
        return Verdict(allow=False, message="Mio says: not that one")


#: A tool call that runs unasked, and what the model gets to read of it.
_UNASKED: list[tuple[UseTool, str]] = [
    (UseTool(tool="Read", tool_input={"file_path": "open.txt"}), "plain words"),
    (UseTool(tool="Glob", tool_input={"pattern": "**/*.txt"}), "open.txt"),
    (UseTool(tool="Grep", tool_input={"pattern": "words"}), "open.txt"),
    # Allowed, because wildcards and searches do not follow symlinks.
    (UseTool(tool="Glob", tool_input={"pattern": "a*y/*"}), "No files found"),
]
_ASKED = [
    UseTool(tool="Read", tool_input={"file_path": "/etc/hostname"}),
    UseTool(tool="Read", tool_input={"file_path": "../outside/secret.txt"}),
    UseTool(tool="Read", tool_input={"file_path": "away.txt"}),
    UseTool(tool="Glob", tool_input={"pattern": "away/*"}),
    UseTool(tool="Glob", tool_input={"pattern": "/etc/*"}),
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": "away"}),
    # The CLI trims what it is given before it looks for it.
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": " ../outside"}),
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": "\ufeff/etc"}),
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": "\u3000/etc"}),
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": " ~/x"}),
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": "away "}),
    UseTool(tool="Grep", tool_input={"pattern": "words", "glob": " ../outside/*"}),
    UseTool(tool="Glob", tool_input={"pattern": "*", "path": "away\n"}),
    UseTool(tool="Glob", tool_input={"pattern": "\ufeff/etc/*"}),
    UseTool(tool="Read", tool_input={"file_path": "away.txt "}),
    # And composes it.
    UseTool(tool="Grep", tool_input={"pattern": "words", "path": "cafe\u0301"}),
    UseTool(tool="Bash", tool_input={"command": "cat open.txt"}),
    UseTool(tool="Write", tool_input={"file_path": "new.txt", "content": "x"}),
]


async def test_reading_inside_the_workspace_is_not_asked_and_everything_else_is(
    real: RealClaude, tmp_path: Path
) -> None:
    """One turn a call, on one client; what the model got back tells what happened."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("hidden words")
    (real.workspace / "open.txt").write_text("plain words")
    (real.workspace / "away").symlink_to(outside)
    (real.workspace / "caf\u00e9").symlink_to(outside)
    (real.workspace / "away.txt").symlink_to(outside / "secret.txt")
    person = _Person()
    client = await real.launcher.connect(real.conversation().session, PROFILE)
    try:
        unasked = await _use(real, client, [call for call, _ in _UNASKED], permit=never_asked)
        asked = await _use(real, client, _ASKED, permit=person.permit)
    finally:
        await client.close()

    assert all(wanted in told for (_, wanted), told in zip(_UNASKED, unasked, strict=True))
    assert [tool for tool, _ in person.asked] == [call.tool for call in _ASKED]
    assert set(asked) == {"Mio says: not that one"}
    assert not (real.workspace / "new.txt").exists()


async def _use(
    real: RealClaude, client: AgentClient, calls: list[UseTool], *, permit: AskPermission
) -> list[str]:
    """What the model was told of each call, made in a turn of its own."""
    told = []
    for number, call in enumerate(calls):
        prompt = f"[{call.tool} {len(real.model.calls)} {number}]"
        real.model.on(prompt, call)
        async with contextlib.aclosing(client.ask(prompt, permit=permit)) as events:
            assert [event async for event in events]
        told.append(_told(real, prompt))
    return told


async def test_a_question_that_cannot_be_asked_is_a_no(real: RealClaude) -> None:
    async def broken(_tool: str, _tool_input: JsonObject, _ruling: Ruling) -> Verdict:
        raise OSError("no database")

    conversation = real.conversation()
    real.model.on("touch", UseTool(tool="Bash", tool_input={"command": "touch made"}))
    client = await real.launcher.connect(conversation.session, PROFILE)
    try:
        await conversation.take(client, "touch", permit=broken)
    finally:
        await client.close()

    assert not (real.workspace / "made").exists()
    assert "no database" not in _told(real, "touch")


async def test_a_policy_that_fails_is_a_no(real: RealClaude) -> None:
    class _Broken:
        def rule_on(self, *_: object, **__: object) -> Ruling:
            raise RuntimeError("broken policy")

    launcher = ClaudeLauncher(replace(real.options, policy=_Broken()))
    conversation = real.conversation()
    real.model.on("touch", UseTool(tool="Bash", tool_input={"command": "touch made"}))
    client = await launcher.connect(conversation.session, PROFILE)
    try:
        await conversation.take(client, "touch", permit=allow)
    finally:
        await client.close()

    assert not (real.workspace / "made").exists()
    assert real.model.seen("touch")[1].request.tool_results[0].is_error


def _told(real: RealClaude, prompt: str) -> str:
    """What the model was told of the tool call it made for the prompt."""
    return real.model.seen(prompt)[1].request.tool_results[0].text


async def test_the_whitelist_allows_the_guard_forbids_and_the_rest_is_asked(
    real: RealClaude,
) -> None:
    """Of what the hook decides itself, nobody is asked; the model is told why it must not."""
    listed = UseTool(tool="Bash", tool_input={"command": "touch by-rule"})
    chained = UseTool(tool="Bash", tool_input={"command": "touch a && make b"})
    edit = UseTool(tool="Write", tool_input={"file_path": "src/new.txt", "content": "x"})
    person = _Person()
    profile = replace(PROFILE, allowed_tools=("Bash(touch by-rule:*)", "Edit(src/**)"))
    client = await real.launcher.connect(real.conversation().session, profile)
    try:
        told = await _use(real, client, [listed, chained, edit], permit=person.permit)
    finally:
        await client.close()

    assert (real.workspace / "by-rule").exists()
    assert (real.workspace / "src" / "new.txt").read_text() == "x"
    assert [tool_input for _, tool_input in person.asked] == [{"command": "touch a && make b"}]
    assert told[1] == "Mio says: not that one"
