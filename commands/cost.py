"""`/cost`: what Claude cost today and this month, and whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from commands.registry import Call
from orchestrator_core.budgets import Budgets
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Bar, Button, Card, Chart, Fact, Message
from orchestrator_core.model import Spent
from orchestrator_core.spending import DaySpent, Overview, overview
from orchestrator_core.texts import Texts

#: Of sessions, agents and models each; a card shows twelve facts.
MOST = 3

#: The address of a picture of these bars, good for a while and as long as the person with this id
#: may see it; None: there can be none.
PictureOf = Callable[[str, Sequence[Bar], datetime], str | None]


def no_picture(_person_id: str, _bars: Sequence[Bar], _now: datetime) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Cost:
    budgets: Budgets
    picture_of: PictureOf = no_picture

    name: ClassVar[str] = "cost"
    aliases: ClassVar[tuple[str, ...]] = ("費用", "ค่าใช้จ่าย", "costs")

    async def run(self, call: Call) -> list[Message]:
        if call.argument.strip():
            buttons = (Button(label="/cost", command="/cost"),)
            raise PersonError("cost.usage", buttons=buttons)
        spent = await overview(call.records, self.budgets, call.now, most=MOST)
        say = call.say
        today, month = _shown(call, spent.today), _shown(call, spent.month)
        bars = bars_of(spent, say)
        return [
            Card(
                title=say("cost.title"),
                summary=say("cost.summary", today=today, month=month),
                text=say("cost.picture", n=len(bars)),
                facts=(
                    Fact(label=say("cost.today"), value=today),
                    Fact(label=say("cost.month"), value=month),
                    *await _sessions(call, spent.sessions),
                    *_facts(call, "@", spent.agents),
                    *_facts(call, "", spent.models),
                ),
                chart=Chart(bars=bars, picture=self.picture_of(call.person.id, bars, call.now)),
                buttons=(Button(label=say("button.budget"), command="/budget"),),
            )
        ]


def bars_of(spent: Overview, say: Texts) -> tuple[Bar, ...]:
    longest = max((day.usd for day in spent.days), default=Decimal(0))
    return tuple(
        Bar(
            label=f"{day.day:%m/%d}",
            # In a picture there is room for little more.
            value=f"~{say.money(day.usd)}" if day.estimated else say.money(day.usd),
            share=float(day.usd / longest) if longest else 0.0,
        )
        for day in spent.days
    )


async def _sessions(call: Call, found: Sequence[Spent]) -> list[Fact]:
    facts = []
    for one in found:
        session = await call.records.sessions.get(one.key or "")
        # Whose sessions a person may not see, they are shown no names of.
        seen = session is not None and call.agents.admits(call.person, session.agent)
        label = session.label if session and seen else call.say("cost.other")
        facts.append(Fact(label=label, value=_shown(call, one)))
    return facts


def _facts(call: Call, before: str, found: Sequence[Spent]) -> list[Fact]:
    return [
        Fact(
            label=f"{before}{one.key}" if one.key else call.say("cost.other"),
            value=_shown(call, one),
        )
        for one in found
    ]


def _shown(call: Call, spent: Spent | DaySpent) -> str:
    """And how much of it is an estimate."""
    if not spent.estimated:
        return call.say.money(spent.usd)
    if spent.estimated == spent.usd:
        return call.say("cost.estimated", usd=call.say.money(spent.usd))
    return call.say(
        "cost.partly", usd=call.say.money(spent.usd), estimated=call.say.money(spent.estimated)
    )
