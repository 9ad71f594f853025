"""Starts Claude Code for a session, and tells whether it could be started at all.

Importing this is cheap. The SDK (a second of imports) is loaded by `orchestrator_core.claude`
when the first client is needed, or by `warm_up` before that.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator_core import warden
from orchestrator_core.claude_processes import end_leftovers_of, end_tree
from orchestrator_core.errors import AgentRefusedError
from orchestrator_core.heartbeat import Heartbeat
from orchestrator_core.model import ProcessMark, Session
from orchestrator_core.ports import AgentProfile, Transcripts
from orchestrator_core.tool_policy import Policy, ToolPolicy

if TYPE_CHECKING:
    from orchestrator_core.claude import ClaudeClient

#: Said to the CLI beside what the settings give; theirs win.
_QUIET = {
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    # Work that goes on after a turn's end would be unseen, unstoppable and uncounted.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    # It would be written and read back beside the policy.
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
}

_STATUS_SECONDS = 10

#: Names the variables that the script below takes away.
HIDDEN_FROM_TOOLS = "DENREI_HIDDEN_FROM_TOOLS"
#: Run by the CLI in every shell it starts for a tool.
TOOL_ENVIRONMENT = Path(__file__).with_name("tool_environment.sh")
#: What the SDK is told to run: it starts the CLI and sees to its end.
WARDEN = Path(__file__).with_name("warden.sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeOptions:
    """How to run the CLI."""

    #: Given to the CLI and nowhere else: ANTHROPIC_API_KEY, CLAUDE_CONFIG_DIR, …
    environment: Mapping[str, str] = field(repr=False)
    #: None: the one in the SDK's wheel.
    cli_path: Path | None = None
    #: None: the wardens look at nothing but whether this process lives.
    heartbeat: Heartbeat | None = None
    policy: Policy = field(default_factory=ToolPolicy)
    #: Files and folders that no sandboxed command may read, besides the CLI's own login.
    unreadable: tuple[Path, ...] = ()
    #: Where conversations are kept for other machines; then CLAUDE_CONFIG_DIR must be given.
    transcripts: Transcripts | None = None
    #: How long an ending CLI may take before it is killed, in seconds.
    grace: float = 3.0

    def cli_environment(self, profile: AgentProfile | None = None) -> dict[str, str]:
        secrets = profile.mcp_secrets if profile else {}
        # The servers need them, the shells of tools must not have them.
        hidden = {HIDDEN_FROM_TOOLS: " ".join(sorted(secrets))} if secrets else {}
        own = {"CLAUDE_CONFIG_DIR": self.home_of(profile)} if profile and profile.run_as else {}
        return {**_QUIET, **secrets, **hidden, **self.environment, **own}

    def home_of(self, profile: AgentProfile) -> str:
        """Where the CLI keeps its login and conversations: of another user, in their own home,
        for they cannot read ours."""
        if profile.run_as is None:
            return self.environment.get("CLAUDE_CONFIG_DIR", "")
        return str(Path(f"~{profile.run_as}").expanduser() / ".denrei-claude")

    def unreadable_for(self, profile: AgentProfile) -> list[str]:
        home = self.home_of(profile)
        login = [str(Path(home) / ".credentials.json")] if home else []
        return [*login, *map(str, self.unreadable)]

    def warden_environment(self, profile: AgentProfile | None = None) -> dict[str, str]:
        """For the warden alone; the CLI and its tools do not see it. Raises AgentRefusedError."""
        cli, heartbeat = find_cli(self.cli_path), self.heartbeat
        if cli is None:
            raise AgentRefusedError("no_cli")
        return {
            warden.CLI: str(cli),
            warden.GATEWAY: str(os.getpid()),
            warden.USER: (profile.run_as or "") if profile else "",
            warden.PYTHON: sys.executable or "python3",
            warden.HEARTBEAT: str(heartbeat.path) if heartbeat else "",
            warden.HEARTBEAT_SECONDS: str(heartbeat.seconds) if heartbeat else "",
        }

    def mark_of(self, session: Session) -> str:
        """The beginning that all marks of a session's clients share, in this installation only."""
        return f"{self.environment.get('CLAUDE_CONFIG_DIR', '')}:{session.id}:"


class ClaudeLauncher:
    """The AgentLauncher that runs the real Claude Code."""

    def __init__(self, options: ClaudeOptions) -> None:
        self._options = options

    async def connect(self, session: Session, profile: AgentProfile) -> ClaudeClient:
        await self.warm_up()
        return await _driver().connect(self._options, session, profile)

    def end_leftovers(self) -> int:
        """End what killed wardens of this installation left running; returns how many.

        A living warden of a dead process sees to its own, and one of a living process may go on.
        """
        home = self._options.environment.get("CLAUDE_CONFIG_DIR")
        return end_leftovers_of(f"{home}:") if home else 0

    def end_process(self, process: ProcessMark) -> None:
        end_tree(process)

    async def warm_up(self) -> None:
        """Load the SDK without holding up the loop, so that the first prompt need not wait."""
        await asyncio.to_thread(_driver)


def cli_version(cli_path: Path | None = None) -> str | None:
    """What stands beside the CLI about its version; None when there is no CLI. Runs nothing."""
    cli = find_cli(cli_path)
    if cli is None:
        return None
    try:
        return cli.with_name("claude.version").read_text().split()[0]
    except (OSError, IndexError):
        return "unknown"


def is_signed_in(options: ClaudeOptions, withheld: frozenset[str]) -> bool:
    """Whether the CLI holds a key or a login (not whether it is still good). Takes 0.2 s.

    Of this process's environment it sees all but the names withheld, given in upper case.
    """
    cli = find_cli(options.cli_path)
    if cli is None:
        return False
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in withheld}
    try:
        told = subprocess.run(  # noqa: S603 - our own CLI, fixed words
            [str(cli), "auth", "status"],
            env={**inherited, **options.cli_environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_STATUS_SECONDS,
            check=False,
        )
        return bool(json.loads(told.stdout)["loggedIn"])
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return False


def find_cli(given: Path | None) -> Path | None:
    """The CLI that is to run; None when there is none that can be executed."""
    cli = given or bundled_cli()
    if cli is None:
        return None
    return cli if cli.is_file() and os.access(cli, os.X_OK) else None


def bundled_cli() -> Path | None:
    package = importlib.util.find_spec("claude_agent_sdk")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "_bundled" / "claude"


def _driver() -> type[ClaudeClient]:
    from orchestrator_core.claude import ClaudeClient  # noqa: PLC0415 - costs a second

    return ClaudeClient
