"""`/budget`: how much is left; `/budget +5 [name]`, `/budget tomorrow [name]`: more of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from commands.grammar import fold
from commands.registry import Call
from commands.rights import demand
from orchestrator_core.budget import raise_buttons, shown_name, target_of
from orchestrator_core.budgets import Budgets, Level, Scope, Span, Spender
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import Session
from orchestrator_core.raising import (
    MOST_USD,
    Meant,
    find_budget,
    grant,
    is_large,
    lifted_until,
)
from orchestrator_core.rights import Action, may

#: At the end of a raise that is large.
_SURELY = frozenset({"yes", "surely", "はい"})
_TOMORROW = frozenset({"tomorrow", "明日", "明日まで"})
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Budget:
    budgets: Budgets

    name: ClassVar[str] = "budget"
    aliases: ClassVar[tuple[str, ...]] = ("予算", "預算", "งบประมาณ", "b")

    async def run(self, call: Call) -> list[Message]:
        words = call.argument.split()
        if not self.budgets.every:
            return [Say(text=call.say("budget.none"))]
        if not words:
            return [await self._shown(call)]
        demand(call, Action.RAISE_BUDGET)
        usd = self._amount(words[0])
        sure = fold(words[-1]) in _SURELY
        return [await self._raised(call, usd, words[1:-1] if sure else words[1:], sure=sure)]

    async def _shown(self, call: Call) -> Card:
        levels = await self._levels(call)
        session = await _current(call)
        facts = tuple(_fact(call, level, session) for level in levels)
        owner = may(call.person.role, Action.RAISE_BUDGET)
        tightest = levels[0] if owner and levels else None
        buttons = raise_buttons(tightest, call.say, _whose(tightest, session)) if tightest else ()
        return Card(
            title=call.say("budget.title"),
            summary="; ".join(f"{fact.label}: {fact.value}" for fact in facts[:3]),
            facts=facts,
            buttons=(*buttons, Button(label=call.say("button.cost"), command="/cost")),
        )

    async def _levels(self, call: Call) -> list[Level]:
        """Those of the person in the chat's session, where there is one."""
        session = await _current(call)
        spender = Spender(
            session_id=session.id if session else "",
            agent=session.agent if session else "",
            person_id=call.person.id,
        )
        found = await self.budgets.levels(call.records, call.now, spender)
        known = [one for one in found if one.subject or one.budget.scope is Scope.ALL]
        return sorted(known, key=lambda one: one.left if one.left is not None else MOST_USD)

    async def _raised(
        self, call: Call, usd: Decimal | None, rest: Sequence[str], *, sure: bool
    ) -> Say:
        reference = " ".join(rest) or self.budgets.every[0].name
        meant = await find_budget(call.records, self.budgets, reference, call.now)
        if usd is None and meant.level.budget.span is Span.TURN:
            raise PersonError("budget.turn_lifted", name=reference)
        if usd is not None and not sure and is_large(meant.level, usd):
            return _asked_again(call, meant, usd)
        level = await grant(call.records, meant.level, usd, actor=call.person.id, now=call.now)
        return Say(text=_told(call, meant, level, usd))

    def _amount(self, word: str) -> Decimal | None:
        """None: until tomorrow. Raises PersonError."""
        if fold(word) in _TOMORROW:
            return None
        try:
            usd = Decimal(fold(word).removeprefix("+").removeprefix("$"))
        except InvalidOperation:
            usd = Decimal(0)
        if not usd.is_finite() or not _CENT <= usd <= MOST_USD:
            raise PersonError("budget.usage", name=self.budgets.every[0].name)
        return usd


def _asked_again(call: Call, meant: Meant, usd: Decimal) -> Say:
    command = f"/budget +{usd} {target_of(meant.level, meant.session)} yes"
    button = Button(label=call.say("budget.surely", usd=call.say.money(usd)), command=command)
    name = shown_name(meant.level, call.say, meant.session)
    return Say(text=call.say("budget.sure", name=name, usd=call.say.money(usd)), buttons=(button,))


def _told(call: Call, meant: Meant, level: Level, usd: Decimal | None) -> str:
    name = shown_name(level, call.say, meant.session)
    if usd is None:
        until = f"{lifted_until(level, call.now):%m/%d %H:%M %Z}"
        return call.say("budget.raised_until", name=name, until=until)
    return call.say(
        "budget.raised",
        name=name,
        usd=call.say.money(usd),
        spent=call.say.money(level.spent),
        limit=call.say.money(level.limit) if level.limit is not None else "∞",
    )


def _fact(call: Call, level: Level, session: Session | None) -> Fact:
    name = shown_name(level, call.say, _whose(level, session))
    span = call.say(f"budget.span.{level.budget.span}")
    spent = call.say.money(level.spent)
    if level.limit is None:
        until = f"{lifted_until(level, call.now):%m/%d %H:%M %Z}"
        value = call.say("budget.lifted", spent=spent, until=until)
    else:
        value = call.say("budget.amount", spent=spent, limit=call.say.money(level.limit))
    return Fact(label=call.say("budget.line", name=name, span=span), value=value)


def _whose(level: Level, session: Session | None) -> Session | None:
    return session if level.budget.scope is Scope.SESSION else None


async def _current(call: Call) -> Session | None:
    binding = await call.records.bindings.get(call.chat.id)
    if binding is None or binding.session_id is None:
        return None
    return await call.records.sessions.get(binding.session_id)
