"""Which budget a person means, and granting more of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orchestrator_core.budgets import (
    ALERT_PERCENTS,
    Budget,
    Budgets,
    Level,
    Scope,
    Span,
    Spender,
    level_of,
)
from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.messages import Button
from orchestrator_core.model import AuditAction, AuditEntry, Raise, Session, Share, Spending
from orchestrator_core.ports import Records

#: More than this at once is a slip of the finger.
MOST_USD = Decimal(10_000)
#: More dollars than these, or than so many times the budget, are asked again.
LARGE_USD, LARGE_TIMES = Decimal(100), 10
#: Of sessions, agents or people with a budget each.
MOST_SHOWN = 50
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    level: Level
    #: Whose money it is, where it is a session's.
    session: Session | None = None


async def find_budget(records: Records, budgets: Budgets, reference: str, now: datetime) -> Meant:
    """By `name`, or `name:whose` where each session (by number), agent, person or turn has their
    own. Raises PersonError."""
    name, _, whose = reference.partition(":")
    budget = next((one for one in budgets.every if one.name == name), None)
    if budget is None:
        raise _unknown(budgets, reference)
    session, spender = await _spender(records, budget, whose)
    level = await level_of(records, budget, now, spender) if spender else None
    if level is None:
        raise _unknown(budgets, reference)
    return Meant(level=level, session=session)


def is_large(level: Level, usd: Decimal) -> bool:
    """More than somebody grants without a second thought."""
    return usd > LARGE_USD or usd > LARGE_TIMES * level.budget.usd


async def grant(
    records: Records, level: Level, usd: Decimal | None, *, actor: str, now: datetime
) -> Level:
    """More dollars for the window, or (None) no limit until the next midnight; as it stands
    then. What waited begins with the workers' next look."""
    day = replace(level.budget, span=Span.DAY)
    until = day.end(now) if usd is None else None
    granted = Raise(window=level.window, usd=usd, until=until, actor=actor, created_at=now)
    await records.raises.add(granted)
    await records.audit.add(
        AuditEntry(
            actor=actor,
            action=AuditAction.BUDGET_RAISE,
            detail={"budget": level.window, "usd": None if usd is None else str(usd)},
            created_at=now,
        )
    )
    limit = None if usd is None or level.limit is None else level.limit + usd
    after = replace(level, limit=limit, raised=level.raised + 1)
    # Whoever grants it knows how it stands: no alert of a mark that is behind it already.
    for percent in ALERT_PERCENTS:
        if after.reached(percent):
            await records.costs.first_alert(after.alerts, percent)
    return after


async def standing(records: Records, budgets: Budgets, now: datetime) -> list[Level]:
    """Every budget; where each session, agent or person has their own, those who have spent."""
    found = [
        await level_of(records, budget, now, spender)
        for budget in budgets.every
        if budget.span is not Span.TURN
        for spender in await _spenders(records, budget, now)
    ]
    return [level for level in found if level]


async def _spenders(records: Records, budget: Budget, now: datetime) -> list[Spender]:
    if budget.scope is Scope.ALL:
        return [Spender(session_id="", agent="", person_id=None)]
    spending = Spending(start=budget.start(now))
    shares = await records.costs.shares(spending, Share(budget.scope), limit=MOST_SHOWN)
    return [
        Spender(session_id=share.key, agent=share.key, person_id=share.key)
        for share in shares
        if share.key
    ]


def lifted_until(level: Level, now: datetime) -> datetime:
    return replace(level.budget, span=Span.DAY).end(now)


async def _spender(
    records: Records, budget: Budget, whose: str
) -> tuple[Session | None, Spender | None]:
    """And the session, where it is its own money."""
    if budget.span is Span.TURN:
        return None, await _spender_of_turn(records, whose)
    if budget.scope is Scope.SESSION:
        found = await records.sessions.find(whose) if whose.isdecimal() else []
        session = next((one for one in found if str(one.number) == whose), None)
        return session, Spender.of(session) if session else None
    if budget.scope is not Scope.ALL and not whose:
        return None, None
    return None, Spender(session_id="", agent=whose, person_id=whose)


async def _spender_of_turn(records: Records, number: str) -> Spender | None:
    if not number.isdecimal() or int(number) > _LAST_ID:
        return None
    try:
        turn = await records.turns.lock(int(number))
    except NotFoundError:
        return None
    session = await records.sessions.get(turn.session_id)
    return Spender.of(session, turn) if session else None


def _unknown(budgets: Budgets, reference: str) -> PersonError:
    names = [budget.name for budget in budgets.every]
    if not names:
        return PersonError("budget.none")
    buttons = (Button(label="/budget", command="/budget"),)
    return PersonError("budget.unknown", buttons=buttons, name=reference, known=", ".join(names))
