"""Tells of budgets: at 50, 80 and 100 %, to the owners and to whoever spends."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator_core.budgets import (
    ALERT_PERCENTS,
    DAILY,
    USED_UP_PERCENT,
    AtLimit,
    Budgets,
    Level,
    Scope,
    Span,
    Spender,
)
from orchestrator_core.gate import Gate
from orchestrator_core.messages import Button, Card, Fact
from orchestrator_core.model import (
    Chat,
    ChatKind,
    DeliveryKind,
    Language,
    Origin,
    Person,
    Role,
    Session,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Records, Store
from orchestrator_core.texts import Texts, texts_in

logger = logging.getLogger(__name__)

#: What a tap grants on top.
STEPS = (Decimal(1), Decimal(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetAlarm:
    """Tells once for each window of a budget, and each of the marks; anew once it is raised."""

    budget: Budgets
    gate: Gate
    outbox: Outbox

    async def check(self, records: Records, now: datetime, *spenders: Spender) -> list[Level]:
        """All that the spenders' money comes from, those of everybody without any. Gives those
        that are used up."""
        levels = await self.budget.levels(records, now, *spenders)
        for level in levels:
            # All that were passed are remembered; only the highest is worth a message.
            first = [
                percent
                for percent in ALERT_PERCENTS
                if level.reached(percent)
                and await records.costs.first_alert(level.alerts, percent)
            ]
            if first:
                await self._tell(records, level, max(first), spenders, now)
        return [level for level in levels if level.is_used_up]

    async def check_apart(self, store: Store, now: datetime, spenders: Sequence[Spender]) -> None:
        """As `check`, once what they spent is stored, which must not fail with this. Never
        raises; the owners are told instead."""
        if not spenders or not self.budget.every:
            return
        try:
            async with store.transaction() as records:
                await self.check(records, now, *spenders)
        except Exception:
            logger.exception("budgets not checked")
            await self.tell_of_failure(store, now)

    async def tell_of_failure(self, store: Store, now: datetime) -> None:
        """Never raises."""
        try:
            async with store.transaction() as records:
                await self.tell_metering_fails(records, now)
        except Exception:
            logger.exception("metering failure not told")

    async def tell_metering_fails(self, records: Records, now: datetime) -> None:
        """Once a day: that work goes on uncounted."""
        day = self.budget.first(Span.DAY, now).date().isoformat()
        if not await records.costs.first_alert(f"metering:{day}", USED_UP_PERCENT):
            return
        for owner, origin in await self.gate.owners_at_home(records):
            say = texts_in(owner.language)
            card = Card(
                title=say("metering.title"),
                summary=say("metering.title"),
                text=say("metering.text"),
            )
            await self._put(records, card, origin, now)

    async def _tell(
        self,
        records: Records,
        level: Level,
        percent: int,
        spenders: Sequence[Spender],
        now: datetime,
    ) -> None:
        session = await session_of(records, level)
        drawn = [one for one in spenders if level.budget.window(now, one) == level.window]
        async for person, origin, may_raise in self._audience(records, drawn):
            card = alert_card(
                person.language,
                level=level,
                percent=percent,
                session=session,
                may_raise=may_raise,
            )
            await self._put(records, card, origin, now)

    async def _put(self, records: Records, card: Card, to: Origin, now: datetime) -> None:
        await self.outbox.put(records, [card], to=to, now=now, kind=DeliveryKind.ALERT)

    async def _audience(
        self, records: Records, spenders: Sequence[Spender]
    ) -> AsyncIterator[tuple[Person, Origin, bool]]:
        owners = await self.gate.owners_at_home(records)
        for owner, origin in owners:
            yield owner, origin, True
        told = {owner.id for owner, _ in owners}
        for person_id in sorted({one.person_id for one in spenders if one.person_id} - told):
            person = await records.people.get(person_id)
            # A role may have been taken away while their last run was under way.
            if person and self.gate.role_of(person_id, person) is not Role.STRANGER:
                chat = Chat(id=person_id, kind=ChatKind.USER)
                yield person, Origin(chat=chat, person_id=person_id), False


def alert_card(
    language: Language,
    *,
    level: Level,
    percent: int,
    session: Session | None = None,
    may_raise: bool = True,
) -> Card:
    say = texts_in(language)
    stage = "used_up" if percent >= USED_UP_PERCENT else "warning"
    limit = level.limit or Decimal(0)
    facts = {
        "percent": percent,
        "spent": say.money(level.spent),
        "limit": say.money(limit),
        "name": shown_name(level, say, session),
        "span": say(f"budget.span.{level.budget.span}"),
    }
    which = stage if level.budget.name == DAILY else f"other_{stage}"
    return Card(
        title=say(f"budget.{which}.title", **facts),
        summary=say(f"budget.{which}.summary", **facts),
        text=say(f"budget.{_effect(level, stage)}.text"),
        facts=(
            Fact(label=say(f"budget.spent.{level.budget.span}"), value=say.money(level.spent)),
            Fact(label=say("budget.limit"), value=say.money(limit)),
        ),
        buttons=raise_buttons(level, say, session) if may_raise else (),
    )


def shown_name(level: Level, say: Texts, session: Session | None) -> str:
    """The budget's own, and whose money of it is meant where everybody has their own."""
    name, whose = level.budget.name, session.label if session else level.subject
    return say("budget.whose", name=name, whose=whose) if whose else name


def raise_buttons(level: Level, say: Texts, session: Session | None) -> tuple[Button, ...]:
    """Typed commands: whether the person may is asked when they tap."""
    target = target_of(level, session)
    steps = tuple(Button(label=f"+${step}", command=f"/budget +{step} {target}") for step in STEPS)
    if level.budget.span is Span.TURN:
        return steps
    return (
        *steps,
        Button(label=say("budget.until_tomorrow"), command=f"/budget tomorrow {target}"),
    )


def target_of(level: Level, session: Session | None) -> str:
    """How a person names it: the budget, and whose money of it."""
    name = level.budget.name
    if level.budget.span is Span.TURN:
        return f"{name}:{level.window.rpartition(':')[2]}"
    if level.budget.scope is Scope.ALL:
        return name
    return f"{name}:{session.number if session else level.subject}"


def _effect(level: Level, stage: str) -> str:
    if level.budget.name == DAILY:
        return stage
    at_limit = level.budget.at_limit
    if level.budget.span is Span.TURN and at_limit is not AtLimit.NOTIFY:
        return f"turn_{stage}"
    return f"{at_limit}_{stage}"


async def session_of(records: Records, level: Level) -> Session | None:
    if level.budget.scope is not Scope.SESSION:
        return None
    return await records.sessions.get(level.subject)
