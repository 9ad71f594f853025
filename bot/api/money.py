"""`/costs` and `/budgets`: what Claude cost, how much is left, and granting more."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.operation import Answer, Call, Nothing, Operation
from orchestrator_core.budgets import AtLimit, Level, Scope, Span
from orchestrator_core.model import Spent, Tokens
from orchestrator_core.raising import MOST_USD, find_budget, grant, standing
from orchestrator_core.spending import overview

#: Who did it, in the audit.
ACTOR = "api"
#: Of sessions, agents and models each.
MOST = 100

_USD = "US dollars, as a decimal number."
_ESTIMATED = "How much of it Claude has not told: at list price, by the tokens seen."


class TokenCount(BaseModel):
    input: int
    output: int
    cache_read: int
    cache_write: int

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        return cls(
            input=tokens.input,
            output=tokens.output,
            cache_read=tokens.cache_read,
            cache_write=tokens.cache_write,
        )


class DayCost(BaseModel):
    day: date
    usd: str = Field(description=_USD)
    estimated: str = Field(description=_ESTIMATED)


class ShareOfCost(BaseModel):
    key: str | None = Field(
        description="A session's id, an agent's or a model's name; null: nobody knows."
    )
    usd: str = Field(description=_USD)
    estimated: str = Field(description=_ESTIMATED)


class ModelShare(ShareOfCost):
    tokens: TokenCount


class Costs(BaseModel):
    today: str = Field(description=_USD, examples=["1.25"])
    today_estimated: str = Field(description=_ESTIMATED)
    month: str = Field(description=_USD)
    month_estimated: str = Field(description=_ESTIMATED)
    days: list[DayCost] = Field(description="The last seven, today last.")
    sessions: list[ShareOfCost] = Field(description="Of this month, the largest first.")
    agents: list[ShareOfCost]
    models: list[ModelShare]


class BudgetView(BaseModel):
    """One budget, or one session's, agent's or person's own part of it, as it stands now."""

    name: str = Field(examples=["daily"])
    of: Scope = Field(description="Whose money it is.")
    whose: str = Field(description="The session's id, the agent or person; empty: everybody's.")
    per: Span
    at_limit: AtLimit
    spent: str = Field(description=_USD)
    limit: str | None = Field(description="With what was granted on top; null: lifted.")
    ends: datetime = Field(description="When a new one begins.")

    @classmethod
    def of_level(cls, level: Level) -> Self:
        return cls(
            name=level.budget.name,
            of=level.budget.scope,
            whose=level.subject,
            per=level.budget.span,
            at_limit=level.budget.at_limit,
            spent=f"{level.spent:f}",
            limit=None if level.limit is None else f"{level.limit:f}",
            ends=level.ends,
        )


class BudgetList(BaseModel):
    items: list[BudgetView] = Field(description="Of those that each has alone: who has spent.")


class MoreMoney(BaseModel):
    model_config = ConfigDict(extra="forbid")

    budget: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="Its name; with `:` and the session's number, the agent, the person or the "
        "turn's id where each has their own.",
        examples=["daily"],
    )
    usd: Annotated[Decimal, Field(ge=Decimal("0.01"), le=MOST_USD)] | None = Field(
        None, description="More for its window; null: no limit until the next midnight."
    )


async def show_costs(call: Call[Nothing, Nothing, Nothing]) -> Response:
    now = call.state["clock"].now()
    async with call.state["store"].read() as records:
        found = await overview(records, call.state["budget"], now, most=MOST)
    costs = Costs(
        today=f"{found.today.usd:f}",
        today_estimated=f"{found.today.estimated:f}",
        month=f"{found.month.usd:f}",
        month_estimated=f"{found.month.estimated:f}",
        days=[
            DayCost(day=one.day, usd=f"{one.usd:f}", estimated=f"{one.estimated:f}")
            for one in found.days
        ],
        sessions=[_share(one) for one in found.sessions],
        agents=[_share(one) for one in found.agents],
        models=[
            ModelShare(**_share(one).model_dump(), tokens=TokenCount.of(one.tokens))
            for one in found.models
        ],
    )
    return json_answer(costs)


async def show_budgets(call: Call[Nothing, Nothing, Nothing]) -> Response:
    now = call.state["clock"].now()
    async with call.state["store"].read() as records:
        levels = await standing(records, call.state["budget"], now)
    return json_answer(BudgetList(items=[BudgetView.of_level(level) for level in levels]))


async def raise_budget(call: Call[MoreMoney, Nothing, Nothing]) -> Response:
    now, wanted = call.state["clock"].now(), call.body
    async with call.state["store"].transaction() as records:
        meant = await find_budget(records, call.state["budget"], wanted.budget, now)
        level = await grant(records, meant.level, wanted.usd, actor=ACTOR, now=now)
    return json_answer(BudgetView.of_level(level))


def _share(spent: Spent) -> ShareOfCost:
    return ShareOfCost(key=spent.key, usd=f"{spent.usd:f}", estimated=f"{spent.estimated:f}")


COSTS = Operation(
    method="GET",
    path="/costs",
    id="getCosts",
    summary="Show what Claude cost",
    description="A run that Claude has not reported yet is counted by the tokens seen of it, at "
    "list price; the report takes its place. Days and months are those of `timezone`.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="The costs.", model=Costs)},
    carry_out=show_costs,
)

BUDGETS = Operation(
    method="GET",
    path="/budgets",
    id="listBudgets",
    summary="Show the budgets and what is left of them",
    description="A budget for each turn has no standing between turns and is not listed.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="The budgets.", model=BudgetList)},
    carry_out=show_budgets,
)

RAISE = Operation(
    method="POST",
    path="/budgets",
    id="raiseBudget",
    summary="Grant more of a budget",
    description="For its present day, month or turn. What waited for it begins within a second. "
    "Called twice, it grants twice.",
    allowance=Allowance.WRITES,
    body=MoreMoney,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="The budget as it stands now.", model=BudgetView)},
    carry_out=raise_budget,
)
