"""The agents that sessions may be started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button
from orchestrator_core.model import DEFAULT_POOL, Person
from orchestrator_core.ports import AgentProfile
from orchestrator_core.rights import EVERYBODY, Audience

DEFAULT_AGENT = "claude"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBook:
    """Every configured agent by name; `DEFAULT_AGENT` is always among them."""

    profiles: Mapping[str, AgentProfile]
    #: The workspace of an agent that names none.
    default_workspace: str
    #: The pool of workers that can reach a workspace, where it is not the default one.
    pools: Mapping[str, str] = field(default_factory=dict)
    #: Who may use an agent, by its name, where it is not everybody.
    audiences: Mapping[str, Audience] = field(default_factory=dict)

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

    def admits(self, person: Person, name: str) -> bool:
        """Whether the person may use this agent and see its sessions."""
        return self.audiences.get(name, EVERYBODY).admits(person)

    def open_to(self, person: Person) -> list[str]:
        """The agents this person may use, the default one first."""
        names = [name for name in self.profiles if self.admits(person, name)]
        return sorted(names, key=lambda name: (name != DEFAULT_AGENT, name))
