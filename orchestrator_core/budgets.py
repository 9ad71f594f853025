"""Budgets: whose money for which time, how much of it is spent, and what that means.

Knows nothing of who is told; that is `budget`.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestrator_core.model import Session, Spending, Turn
from orchestrator_core.ports import Records

#: What `limit_usd` is called.
DAILY = "daily"
USED_UP_PERCENT = 100
ALERT_PERCENTS = (50, 80, USED_UP_PERCENT)
#: A subject longer than this is named by its digest in a window's key.
_LONGEST_SUBJECT = 40


class Scope(enum.StrEnum):
    """Whose money it is."""

    ALL = "all"
    SESSION = "session"
    AGENT = "agent"
    PERSON = "person"


class Span(enum.StrEnum):
    TURN = "turn"
    DAY = "day"
    MONTH = "month"


class AtLimit(enum.StrEnum):
    #: What waits goes on waiting; what runs ends with the call that passes the limit.
    PAUSE = "pause"
    #: What runs is interrupted, too.
    STOP = "stop"
    NOTIFY = "notify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Who spends: a turn, and all it belongs to."""

    session_id: str
    agent: str
    #: None: the API.
    person_id: str | None
    turn_id: int | None = None

    @classmethod
    def of(cls, session: Session, turn: Turn | None = None) -> Spender:
        person_id = turn.person_id if turn else session.person_id
        turn_id = turn.id if turn else None
        return cls(
            session_id=session.id, agent=session.agent, person_id=person_id, turn_id=turn_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    name: str
    usd: Decimal
    zone: ZoneInfo
    scope: Scope = Scope.ALL
    span: Span = Span.DAY
    at_limit: AtLimit = AtLimit.PAUSE
    #: The agents or people it is for; empty: each of them has its own.
    only: frozenset[str] = frozenset()

    def start(self, now: datetime) -> datetime:
        day = now.astimezone(self.zone).date()
        if self.span is Span.MONTH:
            day = day.replace(day=1)
        # Where midnight comes twice, the first: an hour spent must not be forgotten.
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def end(self, now: datetime) -> datetime:
        """The first midnight of the zone that is not in it; a turn's money ends with the turn."""
        first = self.start(now).date()
        later = first + timedelta(days=32 if self.span is Span.MONTH else 1)
        if self.span is Span.MONTH:
            later = later.replace(day=1)
        return datetime(later.year, later.month, later.day, tzinfo=self.zone)

    def subject(self, spender: Spender) -> str | None:
        """Whose money of this budget it is that the spender spends; None: nobody's."""
        subject = {
            Scope.ALL: "",
            Scope.SESSION: spender.session_id,
            Scope.AGENT: spender.agent,
            Scope.PERSON: spender.person_id,
        }[self.scope]
        return None if self.only and subject not in self.only else subject

    def window(self, now: datetime, spender: Spender) -> str | None:
        """The key of alerts and raises; None where the budget is not for this spender."""
        subject = self.subject(spender)
        if subject is None or (self.span is Span.TURN and spender.turn_id is None):
            return None
        first = self.start(now).date().isoformat()
        if self.span is Span.TURN:
            return f"{self.name}:turn:{spender.turn_id}"
        when = f"{self.span}:{first}"
        if self.name == DAILY:
            return when
        if len(subject) > _LONGEST_SUBJECT:
            subject = hashlib.sha256(subject.encode()).hexdigest()[:_LONGEST_SUBJECT]
        return f"{self.name}:{subject}:{when}"

    def spending(self, now: datetime, spender: Spender) -> Spending:
        if self.span is Span.TURN:
            # It may have begun before midnight.
            ever = datetime.fromtimestamp(0, tz=self.zone)
            return Spending(start=ever, turn_id=spender.turn_id)
        spending = Spending(start=self.start(now))
        subject = self.subject(spender)
        match self.scope:
            case Scope.SESSION:
                return replace(spending, session_id=subject)
            case Scope.AGENT:
                return replace(spending, agent=subject)
            case Scope.PERSON:
                return replace(spending, person_id=subject)
            case Scope.ALL:
                return spending


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How a budget stands for one spender at one moment."""

    budget: Budget
    subject: str
    window: str
    spent: Decimal
    #: With what was granted on top; None: lifted.
    limit: Decimal | None
    ends: datetime
    #: How often more was granted for the window.
    raised: int = 0

    @property
    def alerts(self) -> str:
        """What its alerts are remembered under: raised, it has other marks to pass."""
        return f"{self.window}+{self.raised}" if self.raised else self.window

    @property
    def left(self) -> Decimal | None:
        """None: as much as it takes."""
        return None if self.limit is None else max(self.limit - self.spent, Decimal(0))

    @property
    def is_used_up(self) -> bool:
        return self.limit is not None and self.spent >= self.limit

    @property
    def holds(self) -> bool:
        """Whether prompts wait for it."""
        return (
            self.is_used_up
            and self.budget.at_limit is not AtLimit.NOTIFY
            and self.budget.span is not Span.TURN
        )

    def reached(self, percent: int) -> bool:
        return self.limit is not None and self.spent * 100 >= self.limit * percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What may not begin for want of money."""

    everything: bool = False
    sessions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """All of them. `limit_usd` is the daily one of everybody."""

    #: None: no limit.
    limit_usd: Decimal | None
    zone: ZoneInfo
    others: tuple[Budget, ...] = ()

    @property
    def every(self) -> tuple[Budget, ...]:
        if self.limit_usd is None:
            return self.others
        return (Budget(name=DAILY, usd=self.limit_usd, zone=self.zone), *self.others)

    def first(self, span: Span, now: datetime) -> datetime:
        """When the day or month began for everybody."""
        return Budget(name=DAILY, usd=Decimal(0), zone=self.zone, span=span).start(now)

    async def levels(self, records: Records, now: datetime, *spenders: Spender) -> list[Level]:
        """Those that the spenders' money comes from; without any, those of everybody."""
        wanted = {
            window: (budget, spender)
            for budget in self.every
            if spenders or budget.scope is Scope.ALL
            for spender in spenders or (_ANYBODY,)
            if (window := budget.window(now, spender))
        }
        found = [
            await level_of(records, budget, now, spender) for budget, spender in wanted.values()
        ]
        return [level for level in found if level]

    async def used_up(self, records: Records, now: datetime) -> bool:
        """Whether no prompt at all may run."""
        return any(level.holds for level in await self.levels(records, now))

    async def waits_until(
        self, records: Records, now: datetime, spender: Spender | None = None
    ) -> datetime | None:
        """When prompts run again; None while there is money left."""
        held = await self.held_by(records, now, spender)
        return held.ends if held else None

    async def held_by(
        self, records: Records, now: datetime, spender: Spender | None = None
    ) -> Level | None:
        """The budget that prompts wait for longest."""
        spenders = (spender,) if spender else ()
        holding = [one for one in await self.levels(records, now, *spenders) if one.holds]
        return max(holding, key=lambda one: one.ends, default=None)

    async def hold(self, records: Records, now: datetime) -> Hold:
        """What a worker must leave alone."""
        if await self.used_up(records, now):
            return Hold(everything=True)
        narrow = [budget for budget in self.every if budget.scope is not Scope.ALL]
        if not any(budget.span is not Span.TURN for budget in narrow):
            return Hold()
        held = set()
        for one in await records.costs.waiting():
            spender = Spender(session_id=one.session_id, agent=one.agent, person_id=one.person_id)
            if await self.held_by(records, now, spender):
                held.add(one.session_id)
        return Hold(sessions=frozenset(held))

    async def left(self, records: Records, now: datetime, spender: Spender) -> Decimal | None:
        """What may still be spent, by the tightest of them; None: as much as it takes."""
        levels = await self.levels(records, now, spender)
        return min(_rests(levels), default=None)


#: For the budgets of everybody nobody need be known.
_ANYBODY = Spender(session_id="", agent="", person_id=None)


async def level_of(
    records: Records, budget: Budget, now: datetime, spender: Spender
) -> Level | None:
    """None where the budget is not for this spender."""
    window, subject = budget.window(now, spender), budget.subject(spender)
    if window is None or subject is None:
        return None
    raised = await records.raises.of(window, now)
    return Level(
        budget=budget,
        subject=subject,
        window=window,
        spent=await records.costs.spent(budget.spending(now, spender)),
        limit=None if raised.lifted_until else budget.usd + raised.usd,
        ends=budget.end(now),
        raised=raised.times,
    )


def _rests(levels: Iterable[Level]) -> Iterator[Decimal]:
    for level in levels:
        if level.left is not None and level.budget.at_limit is not AtLimit.NOTIFY:
            yield level.left
