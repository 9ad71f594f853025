"""`[agents]` of `denrei.toml`: what each agent is, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    ValidationInfo,
)

from bot.config_mcp import McpGround, McpServers, read_mcp
from orchestrator_core.model import Role
from orchestrator_core.ports import AgentProfile, Sandbox
from orchestrator_core.rights import Audience
from orchestrator_core.tool_rules import parse_rule

_PERSON = re.compile(r"U[0-9a-f]{32}")
_DOMAIN = re.compile(r"(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def _rule(text: str) -> str:
    parse_rule(text)
    return text.strip()


def _person(person_id: str) -> str:
    if not _PERSON.fullmatch(person_id):
        raise ValueError("is no LINE user id (U and 32 hexadecimal digits)")
    return person_id


def _domain(name: str) -> str:
    if not _DOMAIN.fullmatch(name):
        raise ValueError(f"{name!r} is no host; write one like example.com or *.example.com")
    return name.lower()


def _mcp(path: object, info: ValidationInfo) -> object:
    if not isinstance(path, str):
        return path
    ground = (info.context or {}).get("mcp", McpGround())
    return read_mcp(Path(path), ground)


#: Owners always; named alone, they are the only ones.
UsedBy = Literal["owner", "operator", "viewer"]


class Agent(BaseModel):
    """Who and what a session's Claude is."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    model: str | None = None
    system_prompt: str | None = None
    #: A name under `[workspaces]`, or a directory.
    workspace: str | None = None
    #: What runs unasked unless the guard objects.
    allowed_tools: tuple[Annotated[str, AfterValidator(_rule)], ...] = ()
    #: The guard's rules that do not count for it.
    relax: tuple[str, ...] = ()
    mcp_config: Annotated[McpServers | None, BeforeValidator(_mcp)] = None
    setting_sources: tuple[Literal["user", "project", "local"], ...] = ()
    timeout_minutes: PositiveFloat | None = None
    sandbox: bool = False
    sandbox_domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = ()
    sandbox_writable: tuple[Annotated[str, Field(pattern=r"^(/|~/)")], ...] = ()
    run_as: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")] | None = None
    people: tuple[Annotated[str, AfterValidator(_person)], ...] = ()
    roles: tuple[UsedBy, ...] = ()

    def profile(self, name: str, *, workspace: Path | None) -> AgentProfile:
        return AgentProfile(
            name=name,
            model=self.model,
            system_prompt=self.system_prompt,
            workspace=str(workspace) if workspace else None,
            allowed_tools=self.allowed_tools,
            relaxed=self.relax,
            mcp_servers=self.mcp_config.servers if self.mcp_config else {},
            mcp_secrets=self.mcp_config.secrets if self.mcp_config else {},
            setting_sources=self.setting_sources,
            timeout=timedelta(minutes=self.timeout_minutes) if self.timeout_minutes else None,
            sandbox=self._sandbox(),
            run_as=self.run_as,
        )

    def audience(self) -> Audience:
        return Audience(people=frozenset(self.people), roles=frozenset(map(Role, self.roles)))

    def _sandbox(self) -> Sandbox | None:
        if not self.sandbox:
            return None
        return Sandbox(domains=self.sandbox_domains, writable=self.sandbox_writable)


def secret_names(agents: Mapping[str, Agent]) -> frozenset[str]:
    """The variables that are for MCP servers alone."""
    found: set[str] = set()
    for agent in agents.values():
        found |= set(agent.mcp_config.secrets) if agent.mcp_config else set()
    return frozenset(found)


def context_for(ground: McpGround) -> dict[str, Any]:
    """What `Config.model_validate` needs to read the files that agents name."""
    return {"mcp": ground}
