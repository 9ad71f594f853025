"""The fake and the real Claude, each with a way to tell its model what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from bot.simulator import model_replies
from orchestrator_core.ports import AgentClient, AgentLauncher
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, UseTool, answer, echo
from tests.fakes.claude_cli import RealClaude


class Stage(Protocol):
    """One of the two, and how to tell its model what to do."""

    launcher: AgentLauncher
    workspace: Path

    def writes_file(self, prompt: str, name: str) -> None: ...

    def hangs(self, prompt: str) -> None: ...

    async def wait_for(self, prompt: str) -> None: ...

    def asked_before(self, prompt: str) -> list[str]:
        """What the model knew of the conversation when it saw the prompt."""
        ...

    def kill(self, client: AgentClient) -> None: ...


class FakeStage:
    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self._scripts: dict[str, list[Step]] = {}
        self.fake = FakeAgentLauncher(lambda prompt: self._scripts.get(prompt) or echo(prompt))
        self.launcher: AgentLauncher = self.fake

    def writes_file(self, prompt: str, name: str) -> None:
        step = UseTool(tool="Write", tool_input={"file_path": name, "content": "hi"})
        self._scripts[prompt] = [step, *answer("done")]

    def hangs(self, prompt: str) -> None:
        self._scripts[prompt] = [Hold(event=asyncio.Event())]

    async def wait_for(self, prompt: str) -> None:
        await self.fake.wait_for_prompt(prompt)

    def asked_before(self, prompt: str) -> list[str]:
        asked = next(c for c in self.fake.conversations.values() if prompt in c)
        return asked[: asked.index(prompt)]

    def kill(self, client: AgentClient) -> None:
        self.fake.clients[-1].die()


class RealStage:
    def __init__(self, real: RealClaude) -> None:
        self._real = real
        self.launcher: AgentLauncher = real.launcher
        self.workspace = real.workspace

    def writes_file(self, prompt: str, name: str) -> None:
        write = {"file_path": name, "content": "hi"}
        self._real.model.on(
            prompt,
            model_replies.UseTool(tool="Write", tool_input=write),
            model_replies.Say(text="done"),
        )

    def hangs(self, prompt: str) -> None:
        self._real.model.on(prompt, model_replies.Hang())

    async def wait_for(self, prompt: str) -> None:
        await self._real.model.wait_for(prompt)

    def asked_before(self, prompt: str) -> list[str]:
        return list(self._real.model.seen(prompt)[0].request.earlier_prompts)

    def kill(self, client: AgentClient) -> None:
        self._real.kill(client)
