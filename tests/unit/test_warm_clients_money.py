"""Which client a session gets when what it may cost is limited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator_core.ports import AgentProfile
from orchestrator_core.warm_clients import WarmClients
from tests.fakes.agent import FakeAgentLauncher
from tests.fakes.clock import FakeClock
from tests.fakes.conversation import PROFILE, new_session


def may_cost(usd: str | None) -> AgentProfile:
    return replace(PROFILE, max_budget_usd=None if usd is None else Decimal(usd))


@pytest.mark.parametrize(
    ("first", "spent", "then", "stays"),
    [
        # Just what is left of its own limit.
        ("10", "4", "6", True),
        # Others have spent a little, or a lot, meanwhile.
        ("10", "4", "5.8", True),
        ("10", "4", "5", False),
        ("0.10", "0.05", "0.045", True),
        # More was granted, or a new day has begun.
        ("10", "4", "6.01", False),
        ("10", "4", None, False),
        (None, "4", "6", False),
        (None, "4", None, True),
    ],
)
async def test_a_warm_client_serves_while_its_limit_is_nearly_what_is_left(
    first: str | None, spent: str, then: str | None, stays: bool
) -> None:
    launcher = FakeAgentLauncher()
    clients = WarmClients(launcher, FakeClock(), idle_for=timedelta(minutes=10), most=2)
    session = new_session(Path("/workspace"))
    client = await clients.acquire(session, may_cost(first))
    await clients.release(session.id, client, keep=True, spent=Decimal(spent))
    again = await clients.acquire(session, may_cost(then))

    assert (again is client) is stays
    assert launcher.closes == ([] if stays else [session.id])
