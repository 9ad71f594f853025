"""`denrei.toml`: agents, workspaces, budgets, policies and limits. Read once, at start."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
)

from bot.config_agents import Agent
from bot.config_budgets import BudgetTables
from bot.config_groups import GroupsSection
from bot.config_guard import GuardSection
from bot.config_lines import Place
from bot.config_media import MediaSection
from bot.config_quota import QuotaSection
from bot.config_rate_limits import RateLimits
from bot.config_zone import Zone
from orchestrator_core.agents import DEFAULT_AGENT, AgentBook
from orchestrator_core.model import DEFAULT_POOL
from orchestrator_core.ports import AgentProfile, Kept


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
    #: With several workers: how long after its last sign of life one is taken for dead.
    lease_seconds: float = Field(default=15, ge=3)
    #: Between two messages that tell how far a turn is, where those are free.
    progress_minutes: PositiveFloat = 3


class Policies(_Section):
    approval_timeout_minutes: PositiveFloat = 10
    #: Rules of the guard whose calls two different people must allow.
    second_person: tuple[str, ...] | None = None


class Retention(_Section):
    """For how many days what is over is kept."""

    events_days: PositiveInt = 30
    #: LINE takes a repeated message for one by its key for a day, and Denrei tries for three.
    deliveries_days: int = Field(default=30, ge=4)
    #: An event that LINE sends again must still be known.
    inbox_days: int = Field(default=30, ge=7)
    approvals_days: PositiveInt = 90
    audit_days: PositiveInt = 365
    transcripts_days: PositiveInt = 90

    def spans(self) -> dict[Kept, timedelta]:
        """All but the transcripts', which are kept elsewhere."""
        days = {
            Kept.EVENTS: self.events_days,
            Kept.DELIVERIES: self.deliveries_days,
            Kept.INBOX: self.inbox_days,
            Kept.APPROVALS: self.approvals_days,
            Kept.AUDIT: self.audit_days,
        }
        return {kept: timedelta(days=count) for kept, count in days.items()}


class Daily(_Section):
    """What is done once a day."""

    #: In `timezone`.
    hour: int = Field(default=4, ge=0, le=23)
    #: Under so many GB free a warning is logged.
    least_free_gb: PositiveFloat = 1


class Pool(_Section):
    """Workers that can reach certain directories; the rest are the default pool's."""

    workspaces: list[str] = Field(min_length=1)


class Config(_Section):
    timezone: Zone = ZoneInfo("Asia/Tokyo")
    limits: Limits = Limits()
    budgets: BudgetTables = BudgetTables()
    policies: Policies = Policies()
    guard: GuardSection = GuardSection()
    groups: GroupsSection = GroupsSection()
    media: MediaSection = MediaSection()
    rate_limits: RateLimits = RateLimits()
    quota: QuotaSection = QuotaSection()
    retention: Retention = Retention()
    daily: Daily = Daily()
    workspaces: dict[str, Path] = {}
    agents: dict[str, Agent] = {}
    pools: dict[str, Pool] = {}

    def agent_book(self, default_workspace: Path) -> AgentBook:
        profiles = {DEFAULT_AGENT: AgentProfile(name=DEFAULT_AGENT)}
        for name, agent in self.agents.items():
            folded = name.casefold()
            profiles[folded] = agent.profile(folded, workspace=self.workspace_of(agent))
        pools = {
            str(self._directory(workspace)): name
            for name, pool in self.pools.items()
            for workspace in pool.workspaces
        }
        return AgentBook(
            profiles=profiles,
            default_workspace=str(default_workspace),
            pools=pools,
            audiences={name.casefold(): agent.audience() for name, agent in self.agents.items()},
        )

    def pool_names(self) -> set[str]:
        return {DEFAULT_POOL, *self.pools}

    def misnamed_rules(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where a rule is named that the guard does not have or that cannot be relaxed, and why
        that is wrong. Rules of the owner's own may be named too."""
        book = self.guard.rulebook()
        for number, name in enumerate(self.policies.second_person or ()):
            if name not in book.rules:
                place = ("policies", "second_person", number)
                yield place, f"the guard has no rule {name!r}"
        for agent, settings in self.agents.items():
            for number, name in enumerate(settings.relax):
                try:
                    book.extended(relaxed=[name])
                except ValueError as error:
                    yield ("agents", agent, "relax", number), str(error)

    def unknown_workspaces(self) -> list[tuple[Place, str]]:
        """A place and a sentence for every workspace of a pool that is neither a name nor a
        path."""
        return [
            (("pools", name, "workspaces", number), f"there is no workspace {workspace!r}")
            for name, pool in self.pools.items()
            for number, workspace in enumerate(pool.workspaces)
            if workspace not in self.workspaces and not workspace.startswith(("/", "~"))
        ]

    def workspace_of(self, agent: Agent) -> Path | None:
        return None if agent.workspace is None else self._directory(agent.workspace)

    def directories(self) -> dict[Place, Path]:
        """Every workspace by the place that names it."""
        named: dict[Place, Path] = {
            ("workspaces", name): path.expanduser().resolve()
            for name, path in self.workspaces.items()
        }
        used: dict[Place, Path] = {
            ("agents", name, "workspace"): path
            for name, agent in self.agents.items()
            if (path := self.workspace_of(agent)) and agent.workspace not in self.workspaces
        }
        return {**named, **used}

    def missing_directories(self, pool: str = DEFAULT_POOL) -> list[tuple[Place, str]]:
        """A place and a sentence for every workspace of the pool that is not there."""
        pools = self.agent_book(Path()).pools
        return [
            (place, f"there is no directory {path}")
            for place, path in self.directories().items()
            if pools.get(str(path), DEFAULT_POOL) == pool and not path.is_dir()
        ]

    def _directory(self, workspace: str) -> Path:
        named = self.workspaces.get(workspace)
        return (named or Path(workspace)).expanduser().resolve()


def read_toml(path: Path) -> dict[str, Any]:
    """Raises ValueError with a sentence for a person."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
