"""The real Claude Code on a scripted model: what a test needs around it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.simulator.model_script import ScriptedModel, TokenPrices
from bot.simulator.model_server import model_app
from bot.simulator.server import serve
from orchestrator_core.claude_launcher import ClaudeLauncher, ClaudeOptions
from orchestrator_core.ports import AgentClient
from tests.fakes.conversation import Conversation, new_session

#: What the CLI reckons with for the model below.
PRICES = TokenPrices(input=Decimal(4), output=Decimal(20))


@dataclass(frozen=True, slots=True)
class RealClaude:
    model: ScriptedModel
    options: ClaudeOptions
    launcher: ClaudeLauncher
    workspace: Path

    def kill(self, client: AgentClient) -> None:
        """End the CLI as a kill -9 does, its tools left alone."""
        assert client.process is not None
        os.kill(children_of(client.process.pid)[0], signal.SIGKILL)

    def conversation(self) -> Conversation:
        return Conversation(new_session(self.workspace))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.asynccontextmanager
async def real_claude(folder: Path, cli_path: Path | None = None) -> AsyncIterator[RealClaude]:
    workspace = folder / "workspace"
    workspace.mkdir()
    model = ScriptedModel()
    async with serve(model_app(model)) as url:
        options = ClaudeOptions(
            environment={
                "ANTHROPIC_API_KEY": "a-key-for-tests",
                "ANTHROPIC_BASE_URL": url,
                "CLAUDE_CONFIG_DIR": str(folder / "claude"),
                # Its shell reads what a person has set up at home, which may take its time.
                "HOME": str(folder),
            },
            cli_path=cli_path,
        )
        yield RealClaude(model, options, ClaudeLauncher(options), workspace)
