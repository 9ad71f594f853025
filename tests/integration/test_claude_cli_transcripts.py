"""The real Claude Code goes on with a conversation that is kept in a store, on any machine."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import project_key_for_directory

from bot.simulator.model_replies import Hang, Say, UseTool
from orchestrator_core.agent_events import Finished
from orchestrator_core.claude_launcher import ClaudeLauncher, ClaudeOptions
from orchestrator_core.clock import SystemClock
from orchestrator_core.errors import AgentError, AgentRefusedError
from orchestrator_core.model import JsonObject
from orchestrator_core.ports import AgentClient, TranscriptKey
from storage.store import open_store
from storage.transcripts import SqlTranscripts
from tests.fakes.claude_cli import PRICES, RealClaude, real_claude
from tests.fakes.conversation import PROFILE, Conversation, allow
from tests.fakes.wakeups import FakeWakeups
from tests.servers import new_sqlite


@dataclass(frozen=True, slots=True)
class Cluster:
    """Machines with one workspace, one model and one store between them."""

    real: RealClaude
    transcripts: SqlTranscripts
    folder: Path

    def home(self, machine: str) -> Path:
        return self.folder / f"machine-{machine}"

    def options(self, machine: str) -> ClaudeOptions:
        home = {"CLAUDE_CONFIG_DIR": str(self.home(machine))}
        environment = {**self.real.options.environment, **home}
        return replace(self.real.options, environment=environment, transcripts=self.transcripts)

    def launcher(self, machine: str) -> ClaudeLauncher:
        return ClaudeLauncher(self.options(machine))

    async def turn(self, machine: str, conversation: Conversation, prompt: str) -> None:
        await _turn(self.launcher(machine), conversation, prompt)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    file = new_sqlite(tmp_path)
    async with (
        real_claude(tmp_path) as real,
        open_store(f"sqlite://{file}", FakeWakeups()) as store,
    ):
        yield Cluster(real, SqlTranscripts(store, SystemClock()), tmp_path)


async def test_a_conversation_goes_on_where_it_has_never_been_and_back_again(
    cluster: Cluster,
) -> None:
    conversation = cluster.real.conversation()
    for number, machine in enumerate("abba"):
        await cluster.turn(machine, conversation, f"[{number}]")

    asked = [cluster.real.model.seen(f"[{n}]")[0].request.earlier_prompts for n in range(4)]
    assert asked == [(), ("[0]",), ("[0]", "[1]"), ("[0]", "[1]", "[2]")]


async def test_the_books_are_right_although_each_machine_counts_on_its_own(
    cluster: Cluster,
) -> None:
    """A machine that gets a conversation back has its counter from when it let go of it."""
    conversation = cluster.real.conversation()
    for number, machine in enumerate("aabaabb"):
        await cluster.turn(machine, conversation, f"[{number}]")

    assert len(cluster.real.model.calls) == 7
    assert conversation.session.cost_usd == cluster.real.model.billed_usd(PRICES) > 0


async def test_what_a_killed_claude_had_done_is_known_to_the_next_machine(
    cluster: Cluster,
) -> None:
    """Within the turn: the prompt, the call of the tool and what came of it."""
    real, conversation = cluster.real, cluster.real.conversation()
    bash = UseTool(tool="Bash", tool_input={"command": "echo so far"}, text="Let me see.")
    real.model.on("work", bash, Hang())
    client = await cluster.launcher("a").connect(conversation.session, PROFILE)
    turn = asyncio.create_task(_follow(client, conversation, "work"))
    await real.model.wait_for("work", count=2)
    async with asyncio.timeout(10):
        while not any("toolUseResult" in line for line in await _stored(cluster, conversation)):
            await asyncio.wait([turn], timeout=0.05)
    real.kill(client)
    with pytest.raises(AgentError):
        await turn
    await client.close()
    await cluster.turn("b", conversation, "go on")

    request = real.model.seen("go on")[0].request
    assert request.earlier_prompts == ("work",)
    assert "Let me see." in request.body and "so far" in request.body


async def test_what_was_never_stored_is_stored_when_its_machine_goes_on(
    cluster: Cluster,
) -> None:
    conversation = cluster.real.conversation()
    await cluster.turn("a", conversation, "stored")
    alone = replace(cluster.options("a"), transcripts=None)
    await _turn(ClaudeLauncher(alone), conversation, "not stored")
    await cluster.turn("a", conversation, "stored again")
    await cluster.turn("b", conversation, "elsewhere")

    asked = cluster.real.model.seen("elsewhere")[0].request
    assert asked.earlier_prompts == ("stored", "not stored", "stored again")
    assert conversation.session.cost_usd == cluster.real.model.billed_usd(PRICES)


async def test_a_conversation_begun_without_a_store_can_move_once_it_went_on_with_one(
    cluster: Cluster,
) -> None:
    conversation = cluster.real.conversation()
    alone = replace(cluster.options("a"), transcripts=None)
    await _turn(ClaudeLauncher(alone), conversation, "before")
    await cluster.turn("a", conversation, "after")
    await cluster.turn("b", conversation, "elsewhere")

    asked = cluster.real.model.seen("elsewhere")[0].request
    assert asked.earlier_prompts == ("before", "after")


async def test_a_subagent_s_lines_are_laid_out_too(cluster: Cluster) -> None:
    real, conversation = cluster.real, cluster.real.conversation()
    task = {"description": "look", "prompt": "look there", "subagent_type": "general-purpose"}
    real.model.on("delegate", UseTool(tool="Task", tool_input=task), Say(text="done"))
    await cluster.turn("a", conversation, "delegate")
    await cluster.turn("b", conversation, "go on")

    there, here = (_subagents(cluster.home(machine)) for machine in "ba")
    assert [name.rpartition(".")[2] for name in sorted(there)] == ["jsonl", "json"]
    assert there.keys() == here.keys()
    [lines, meta] = [there[name] for name in sorted(there)]
    assert [one["uuid"] for one in lines if one["type"] == "user"]
    assert meta == here[sorted(here)[1]]


async def test_nothing_is_stored_twice_by_going_on(cluster: Cluster) -> None:
    conversation = cluster.real.conversation()
    await cluster.turn("a", conversation, "one")
    before = await _stored(cluster, conversation)
    await cluster.turn("b", conversation, "two")
    await cluster.turn("a", conversation, "three")

    after = await _stored(cluster, conversation)
    names = [line["uuid"] for line in after if "uuid" in line]
    assert after[: len(before)] == before
    assert len(names) == len(set(names))


async def test_claude_goes_on_in_the_folder_that_holds_its_login(cluster: Cluster) -> None:
    """In one made for the occasion its login could not be renewed, and a kill would leave it."""
    conversation = cluster.real.conversation()
    await cluster.turn("a", conversation, "hello")
    home, before = cluster.home("b"), _made_for_the_occasion()
    client = await cluster.launcher("b").connect(conversation.session, PROFILE)
    try:
        folders = {_variable(pid, "CLAUDE_CONFIG_DIR") for pid in client.pids}
        during = _made_for_the_occasion()
    finally:
        await client.close()

    assert folders == {str(home)}
    assert during <= before
    assert {path.stat().st_mode & 0o77 for path in home.rglob("*.jsonl")} == {0}


async def test_a_conversation_that_nobody_has_is_told_of(cluster: Cluster) -> None:
    session = replace(
        cluster.real.conversation().session,
        claude_session_id="00000000-0000-4000-8000-000000000000",
    )
    with pytest.raises(AgentRefusedError) as refused:
        await cluster.launcher("a").connect(session, PROFILE)

    assert refused.value.reason == "no_conversation"


async def _turn(launcher: ClaudeLauncher, conversation: Conversation, prompt: str) -> None:
    client = await launcher.connect(conversation.session, PROFILE)
    try:
        [*_, finished] = await conversation.take(client, prompt, permit=allow)
    finally:
        await client.close()
    assert isinstance(finished, Finished) and not finished.is_error


async def _follow(client: AgentClient, conversation: Conversation, prompt: str) -> None:
    async for event in client.ask(prompt, permit=allow):
        conversation.remember(event)


async def _stored(cluster: Cluster, conversation: Conversation) -> list[JsonObject]:
    name = conversation.session.claude_session_id
    if name is None:
        return []
    project = project_key_for_directory(cluster.real.workspace)
    return await cluster.transcripts.load(TranscriptKey(project=project, conversation=name))


def _subagents(home: Path) -> dict[str, Any]:
    """What stands in their files, by the files' names."""
    found: dict[str, Any] = {}
    for path in (home / "projects").glob("*/*/subagents/*"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        found[path.name] = lines if path.suffix == ".jsonl" else lines[0]
    return found


def _made_for_the_occasion() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("claude-resume-*"))


def _variable(pid: int, name: str) -> str:
    variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(one.partition("=")[::2] for one in variables)[name]
