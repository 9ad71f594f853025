"""`/cost`: what Claude cost today and this month, and whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from commands.registry import Call
from orchestrator_core.budgets import Budgets
from orchestrator_core.messages import Bar, Button, Card, Chart, Fact, Message
from orchestrator_core.model import Spent
from orchestrator_core.money import dollars
from orchestrator_core.spending import Overview, overview

#: Of sessions, agents and models each; a card shows twelve facts.
MOST = 3

#: The address of a picture of these bars, good for a while; None: there can be none.
PictureOf = Callable[[Sequence[Bar], datetime], str | None]


def no_picture(_bars: Sequence[Bar], _now: datetime) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Cost:
    budgets: Budgets
    picture_of: PictureOf = no_picture

    name: ClassVar[str] = "cost"
    aliases: ClassVar[tuple[str, ...]] = ("費用", "costs")

    async def run(self, call: Call) -> list[Message]:
        spent = await overview(call.records, self.budgets, call.now, most=MOST)
        say = call.say
        today, month = dollars(spent.today), dollars(spent.month)
        bars = bars_of(spent)
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
                chart=Chart(bars=bars, picture=self.picture_of(bars, call.now)),
                buttons=(Button(label=say("button.budget"), command="/budget"),),
            )
        ]


def bars_of(spent: Overview) -> tuple[Bar, ...]:
    longest = max((day.usd for day in spent.days), default=Decimal(0))
    return tuple(
        Bar(
            label=f"{day.day:%m/%d}",
            value=dollars(day.usd),
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
        facts.append(Fact(label=label, value=dollars(one.usd)))
    return facts


def _facts(call: Call, before: str, found: Sequence[Spent]) -> list[Fact]:
    return [
        Fact(
            label=f"{before}{one.key}" if one.key else call.say("cost.other"),
            value=dollars(one.usd),
        )
        for one in found
    ]
