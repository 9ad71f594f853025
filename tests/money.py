"""Budgets and spending for tests."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestrator_core.agent_events import CallSeen
from orchestrator_core.budgets import AtLimit, Budget, Scope, Span
from orchestrator_core.messages import Card
from orchestrator_core.model import Session, Tokens, Turn
from tests.core import TOKYO, Core


def a_budget(
    usd: str = "10",
    *,
    scope: Scope = Scope.AGENT,
    span: Span = Span.DAY,
    at_limit: AtLimit = AtLimit.PAUSE,
    only: frozenset[str] = frozenset(),
    zone: ZoneInfo = TOKYO,
) -> Budget:
    return Budget(
        name="it",
        usd=Decimal(usd),
        zone=zone,
        scope=scope,
        span=span,
        at_limit=at_limit,
        only=only,
    )


async def spend(core: Core, session: Session, turn: Turn, dollars: int) -> None:
    """A call of the model, seen while the turn runs; a token costs a tenth of a cent."""
    tokens = Tokens(output=dollars * 1000)
    seen = CallSeen(call_id=f"msg_{turn.id}_{dollars}", model="opus", tokens=tokens)
    await core.metering().note(session, turn, seen)


def cards(core: Core) -> list[Card]:
    return [message for message in core.renderer.shown if isinstance(message, Card)]


async def hold(core: Core) -> tuple[bool, frozenset[str]]:
    async with core.store.read() as records:
        held = await core.budget.hold(records, core.clock.now())
    return held.everything, held.sessions
