"""`denrei.toml`: agents, workspaces, budgets, policies and limits. Read once, at start."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt

from orchestrator_core.agents import DEFAULT_AGENT, AgentBook
from orchestrator_core.ports import AgentProfile


def _zone(name: object) -> ZoneInfo:
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one like 'Asia/Tokyo'") from None


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Limits(_Section):
    """How much may go on at once, and for how long."""

    concurrent_runs: PositiveInt = 4
    turn_timeout_minutes: PositiveFloat = 60
    #: Idle Claude processes kept for the next prompt; each takes about 190 MB.
    warm_clients: PositiveInt = 4
    warm_idle_minutes: PositiveFloat = 15
    drain_seconds: PositiveFloat = 20


class Budgets(_Section):
    daily_usd: Decimal | None = Field(default=None, gt=0)


class Policies(_Section):
    approval_timeout_minutes: PositiveFloat = 10


class Agent(_Section):
    model: str | None = None
    system_prompt: str | None = None
    #: A name under `[workspaces]`, or a directory.
    workspace: str | None = None


class Config(_Section):
    timezone: Zone = ZoneInfo("Asia/Tokyo")
    limits: Limits = Limits()
    budgets: Budgets = Budgets()
    policies: Policies = Policies()
    workspaces: dict[str, Path] = {}
    agents: dict[str, Agent] = {}

    def agent_book(self, default_workspace: Path) -> AgentBook:
        profiles = {DEFAULT_AGENT: AgentProfile(name=DEFAULT_AGENT)}
        for name, agent in self.agents.items():
            folded = name.casefold()
            workspace = self.workspace_of(agent)
            profiles[folded] = AgentProfile(
                name=folded,
                model=agent.model,
                system_prompt=agent.system_prompt,
                workspace=str(workspace) if workspace else None,
            )
        return AgentBook(profiles=profiles, default_workspace=str(default_workspace))

    def workspace_of(self, agent: Agent) -> Path | None:
        if agent.workspace is None:
            return None
        named = self.workspaces.get(agent.workspace)
        return (named or Path(agent.workspace)).expanduser().resolve()

    def directories(self) -> dict[str, Path]:
        """Every workspace by the key that names it."""
        named = {
            f"workspaces.{name}": path.expanduser().resolve()
            for name, path in self.workspaces.items()
        }
        used = {
            f"agents.{name}.workspace": path
            for name, agent in self.agents.items()
            if (path := self.workspace_of(agent)) and agent.workspace not in self.workspaces
        }
        return {**named, **used}

    def missing_directories(self) -> list[str]:
        """A sentence for every workspace that is not there."""
        return [
            f"{key}: there is no directory {path}"
            for key, path in self.directories().items()
            if not path.is_dir()
        ]


def read_toml(path: Path) -> dict[str, Any]:
    """Raises ValueError with a sentence for a person."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
