"""What an agent's profile does to the real Claude Code: its MCP servers, its walls."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.host import Host
from bot.simulator.model_replies import Say, UseTool
from orchestrator_core.claude_launcher import TOOL_ENVIRONMENT, ClaudeLauncher
from orchestrator_core.errors import AgentError
from orchestrator_core.model import JsonObject, Ruling
from orchestrator_core.ports import Sandbox, Verdict
from tests.fakes.claude_cli import RealClaude, real_claude
from tests.fakes.conversation import PROFILE, Conversation, allow, new_session

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


#: It has no home, so nothing of the test stays behind.
OTHER_USER = "nobody"


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """One that another user can reach, which what pytest makes is not."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


@pytest.mark.skipif(Host().user_id != 0, reason="only root can start Claude as another user")
async def test_claude_and_its_tools_run_as_the_user_of_the_agent(
    real: RealClaude, shared_folder: Path
) -> None:
    other, workspace = pwd.getpwnam(OTHER_USER), shared_folder / "workspace"
    workspace.mkdir()
    os.chown(workspace, other.pw_uid, other.pw_gid)
    ours = shared_folder / "ours"
    ours.write_text("only-for-us")
    ours.chmod(0o600)
    look = f"id -un; touch made; cat {ours}; touch {shared_folder}/beside; echo went on"
    real.model.on("look", UseTool(tool="Bash", tool_input={"command": look}), Say(text="done"))
    conversation = Conversation(new_session(workspace))
    client = await real.launcher.connect(conversation.session, replace(PROFILE, run_as=OTHER_USER))
    try:
        await conversation.take(client, "look", permit=allow)
    finally:
        await client.close()

    told = real.model.seen("look")[1].request.tool_results[0].text
    assert told.startswith(OTHER_USER) and "went on" in told
    assert (workspace / "made").stat().st_uid == other.pw_uid
    assert told.count("Permission denied") == 2
    assert "only-for-us" not in told
    assert not (shared_folder / "beside").exists()


@pytest.mark.skipif(Host().user_id == 0, reason="root may start Claude as anybody")
async def test_without_root_nothing_is_started_for_another_user(real: RealClaude) -> None:
    told = Host().user_problem(OTHER_USER)
    with pytest.raises(AgentError):
        await real.launcher.connect(
            real.conversation().session, replace(PROFILE, run_as=OTHER_USER)
        )

    assert told == "only a Denrei that runs as root can start Claude as another user"


async def test_where_there_is_no_sandbox_an_agent_that_needs_one_is_not_started(
    real: RealClaude, tmp_path: Path
) -> None:
    nothing_installed = {**real.options.environment, "PATH": str(tmp_path)}
    launcher = ClaudeLauncher(replace(real.options, environment=nothing_installed))
    with pytest.raises(AgentError):
        await launcher.connect(real.conversation().session, replace(PROFILE, sandbox=Sandbox()))


@pytest.mark.skipif(Host().sandbox_problem() is not None, reason="this machine has no sandbox")
async def test_a_sandbox_holds_whatever_a_person_allows(real: RealClaude, tmp_path: Path) -> None:
    """Outside stays as it is, also for a call that wants to leave; an unlisted host is no
    question."""
    opened = tmp_path / "opened"
    opened.mkdir()
    command = (
        f"touch inside; touch {opened}/listed; touch {tmp_path}/outside;"
        " curl -sS -m 5 http://unlisted.example/; cat $CLAUDE_CONFIG_DIR/.credentials.json;"
        " echo went on"
    )
    _log_in(real)
    asked = []

    async def permit(tool: str, _tool_input: JsonObject, _ruling: Ruling) -> Verdict:
        asked.append(tool)
        return Verdict(allow=True)

    leaving = {"command": command, "dangerouslyDisableSandbox": True}
    for prompt, tool_input in (("first", {"command": command}), ("then", leaving)):
        real.model.on(prompt, UseTool(tool="Bash", tool_input=tool_input), Say(text="done"))
    profile = replace(PROFILE, sandbox=Sandbox(writable=(str(opened),)))
    conversation = real.conversation()
    client = await real.launcher.connect(conversation.session, profile)
    try:
        for prompt in ("first", "then"):
            await conversation.take(client, prompt, permit=permit)
    finally:
        await client.close()

    told = [real.model.seen(one)[1].request.tool_results[0].text for one in ("first", "then")]
    assert all("went on" in one and "Read-only file system" in one for one in told)
    assert not any("a-login-for-tests" in one for one in told)
    assert (real.workspace / "inside").exists() and (opened / "listed").exists()
    assert not (tmp_path / "outside").exists()
    assert asked == ["Bash", "Bash"]


def _log_in(real: RealClaude) -> None:
    home = Path(real.options.environment["CLAUDE_CONFIG_DIR"])
    home.mkdir()
    (home / ".credentials.json").write_text("a-login-for-tests")
