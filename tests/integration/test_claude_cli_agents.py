"""What an agent's profile does to the real Claude Code: its MCP servers, its walls."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.simulator.model_replies import Say, UseTool
from orchestrator_core.claude_launcher import TOOL_ENVIRONMENT, ClaudeLauncher
from orchestrator_core.errors import AgentError
from orchestrator_core.ports import Sandbox
from tests.fakes.claude_cli import RealClaude, real_claude
from tests.fakes.conversation import PROFILE, allow

#: A server that notes down how it was started and lives until it is no longer needed.
SERVER = """
import json, os, sys
with open(sys.argv[1], "w") as file:
    json.dump({"environment": dict(os.environ), "arguments": sys.argv[2:]}, file)
sys.stdin.read()
"""


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealClaude]:
    async with real_claude(tmp_path) as real:
        yield real


async def test_a_server_gets_its_secret_and_neither_tools_nor_process_lists_do(
    real: RealClaude, tmp_path: Path
) -> None:
    noted, script = tmp_path / "noted.json", tmp_path / "server.py"
    script.write_text(SERVER)
    server = {
        "type": "stdio",
        "command": sys.executable,
        "args": [str(script), str(noted), "--team=${NOTES_TEAM:-none}"],
        "env": {"TOKEN": "${NOTES_TOKEN}"},
    }
    profile = replace(
        PROFILE, mcp_servers={"notes": server}, mcp_secrets={"NOTES_TOKEN": "s3cret-of-notes"}
    )
    environment = {**real.options.environment, "CLAUDE_ENV_FILE": str(TOOL_ENVIRONMENT)}
    launcher = ClaudeLauncher(replace(real.options, environment=environment))
    look = "env; cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    real.model.on("look", UseTool(tool="Bash", tool_input={"command": look}), Say(text="done"))
    conversation = real.conversation()
    client = await launcher.connect(conversation.session, profile)
    try:
        async for _ in client.ask("look", permit=allow):
            pass
    finally:
        await client.close()

    started = json.loads(noted.read_text())
    seen = real.model.seen("look")[1].request.tool_results[0].text
    assert started["environment"]["TOKEN"] == "s3cret-of-notes"
    assert started["arguments"] == ["--team=none"]
    assert "HOME=" in seen
    assert "s3cret-of-notes" not in seen
    assert "DENREI_HIDDEN_FROM_TOOLS=" not in seen


@pytest.mark.skipif(shutil.which("bwrap") is not None, reason="this machine has a sandbox")
async def test_where_there_is_no_sandbox_an_agent_that_needs_one_is_not_started(
    real: RealClaude,
) -> None:
    profile = replace(PROFILE, sandbox=Sandbox())
    with pytest.raises(AgentError):
        await real.launcher.connect(real.conversation().session, profile)
