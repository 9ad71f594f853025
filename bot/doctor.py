"""`denrei doctor`: what stands between Claude and this machine, as it is configured now.

Starts nothing and changes nothing. Prints for whoever runs the server, no secret among it.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.config_file import Config
from bot.host import Host
from bot.settings import Loaded
from orchestrator_core.claude_launcher import cli_version
from orchestrator_core.ports import AgentProfile

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    #: How it is.
    told: str
    #: Whether that is as it was asked for.
    sound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    loaded: Loaded
    host: Host = field(default_factory=Host)

    def findings(self) -> Iterator[Finding]:
        settings, config = self.loaded.settings, self.loaded.config
        version = cli_version(settings.denrei_claude_path)
        yield Finding("claude code", version or "is not there", version is not None)
        yield _folder("data folder", settings.denrei_data_dir)
        yield Finding("runs as", self.host.user)
        problem = self.host.sandbox_problem()
        yield Finding("sandbox", f"cannot be used: {problem}" if problem else "can be used")
        yield Finding("guard", "on, for every tool call of every agent")
        book = config.agent_book(settings.workspace)
        for profile in book.profiles.values():
            yield from self._agent(profile, config, Path(book.workspace_of(profile)))

    def _agent(self, profile: AgentProfile, config: Config, workspace: Path) -> Iterator[Finding]:
        of = f"@{profile.name}"
        yield self._workspace(of, workspace)
        listed = ", ".join(profile.allowed_tools) or "reading in the workspace only"
        yield Finding(f"{of} runs unasked", listed)
        if profile.relaxed:
            yield Finding(f"{of} is spared", ", ".join(profile.relaxed))
        yield self._sandbox(of, profile)
        yield self._user(of, profile)
        sources = ", ".join(profile.setting_sources) or "none"
        yield Finding(f"{of} other settings", sources)
        if profile.mcp_servers:
            yield Finding(f"{of} mcp servers", ", ".join(profile.mcp_servers))
        timeout = profile.timeout.total_seconds() / 60 if profile.timeout else None
        minutes = timeout or config.limits.turn_timeout_minutes
        yield Finding(f"{of} time limit", f"{minutes:g} minutes a turn")

    def _workspace(self, of: str, workspace: Path) -> Finding:
        settings = self.loaded.settings
        ours = settings.denrei_workspace is None and workspace == settings.workspace
        if workspace.is_dir() or not ours:
            return Finding(f"{of} workspace", str(workspace), workspace.is_dir())
        return Finding(f"{of} workspace", f"{workspace}, not made yet")

    def _sandbox(self, of: str, profile: AgentProfile) -> Finding:
        subject = f"{of} sandbox"
        if profile.sandbox is None:
            return Finding(subject, "off")
        if problem := self.host.sandbox_problem():
            return Finding(subject, f"asked for, but: {problem}", sound=False)
        domains = ", ".join(profile.sandbox.domains) or "no host"
        writable = ", ".join(["the workspace", *profile.sandbox.writable])
        return Finding(subject, f"on; reaches {domains}; writes to {writable}")

    def _user(self, of: str, profile: AgentProfile) -> Finding:
        subject = f"{of} runs as"
        if profile.run_as is None:
            return Finding(subject, f"{self.host.user}, like Denrei")
        if problem := self.host.user_problem(profile.run_as):
            return Finding(subject, f"{profile.run_as} is asked for, but: {problem}", sound=False)
        return Finding(subject, profile.run_as)


def written(findings: list[Finding]) -> str:
    widest = max(len(finding.subject) for finding in findings)
    return "\n".join(
        f"{'ok' if finding.sound else '!!'}  {finding.subject:<{widest}}  {finding.told}"
        for finding in findings
    )


def _folder(subject: str, folder: Path) -> Finding:
    if not folder.exists():
        return Finding(subject, f"{folder}, not made yet")
    open_to_others = bool(stat.S_IMODE(folder.stat().st_mode) & _OTHERS)
    told = f"{folder}, open to other users" if open_to_others else str(folder)
    return Finding(subject, told, not open_to_others)
