"""The agents that sessions may be started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button
from orchestrator_core.model import DEFAULT_POOL
from orchestrator_core.ports import AgentProfile

DEFAULT_AGENT = "claude"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBook:
    """Every configured agent by name; `DEFAULT_AGENT` is always among them."""

    profiles: Mapping[str, AgentProfile]
    #: The workspace of an agent that names none.
    default_workspace: str
    #: The pool of workers that can reach a workspace, where it is not the default one.
    pools: Mapping[str, str] = field(default_factory=dict)

    def pick(self, name: str | None) -> AgentProfile:
        """The agent of this name, in any case. Raises PersonError when there is none."""
        wanted = (name or DEFAULT_AGENT).casefold()
        profile = self.profiles.get(wanted)
        if profile is None:
            buttons = tuple(
                Button(label=f"@{known}", command=f"/new @{known}") for known in self.profiles
            )
            raise PersonError("agent.unknown", buttons=buttons, name=name)
        return profile

    def workspace_of(self, profile: AgentProfile) -> str:
        return profile.workspace or self.default_workspace

    def pool_of(self, profile: AgentProfile) -> str:
        return self.pools.get(self.workspace_of(profile), DEFAULT_POOL)
