"""`[budgets]` of `denrei.toml`: one for every day, and others by name."""

from __future__ import annotations

import re
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.config_lines import Place
from bot.config_zone import Zone
from orchestrator_core.budgets import DAILY, AtLimit, Budget, Budgets, Scope, Span

#: Part of what alerts and raises are filed under, and of what people type.
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,23}")


class NamedBudget(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    usd: Decimal = Field(gt=0)
    #: Whose money it is.
    of: Scope = Scope.ALL
    per: Span = Span.DAY
    at_limit: AtLimit = AtLimit.PAUSE
    #: Agents or people; without, each of them has their own.
    only: frozenset[str] = frozenset()
    timezone: Zone | None = None

    @model_validator(mode="after")
    def _only_of_some(self) -> NamedBudget:
        if self.only and self.of not in {Scope.AGENT, Scope.PERSON}:
            raise ValueError("only: goes with of = 'agent' or of = 'person'")
        return self

    def budget(self, name: str, zone: ZoneInfo) -> Budget:
        only = self.only
        if self.of is Scope.AGENT:
            only = frozenset(agent.casefold() for agent in only)
        return Budget(
            name=name,
            usd=self.usd,
            zone=self.timezone or zone,
            scope=self.of,
            span=self.per,
            at_limit=self.at_limit,
            only=only,
        )


class BudgetTables(BaseModel):
    """`daily_usd`, and a table for each further budget."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)

    __pydantic_extra__: dict[str, NamedBudget] = Field(init=False)

    daily_usd: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _names(self) -> BudgetTables:
        for name in self.named:
            if not _NAME.fullmatch(name) or name == DAILY:
                raise ValueError(
                    f"{name!r} cannot be a budget's name: at most 24 of a-z, 0-9, _ and -, "
                    f"a letter first, and not {DAILY!r}"
                )
        return self

    @property
    def named(self) -> dict[str, NamedBudget]:
        return self.__pydantic_extra__ or {}

    def budgets(self, *, daily_usd: Decimal | None, zone: ZoneInfo) -> Budgets:
        """`daily_usd` wins over the one given here."""
        others = tuple(one.budget(name, zone) for name, one in self.named.items())
        return Budgets(limit_usd=daily_usd or self.daily_usd, zone=zone, others=others)

    def strangers(self, agents: frozenset[str]) -> list[tuple[Place, str]]:
        """A place and a sentence for every agent that is named here and nowhere else."""
        return [
            (("budgets", name, "only"), f"there is no agent {agent!r}")
            for name, one in self.named.items()
            if one.of is Scope.AGENT
            for agent in sorted(one.only)
            if agent.casefold() not in agents
        ]
