"""What every Leader promises. Each that stands is a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from orchestrator_core.ports import Leader
from storage.leader import open_leader
from tests.fakes.leader import FakeLeaders

Stand = Callable[[], AbstractAsyncContextManager[Leader]]


@pytest.fixture(params=["fake", "redis"])
def stand(request: pytest.FixtureRequest, redis_url: str, redis_prefix: str) -> Stand:
    if request.param == "fake":
        return FakeLeaders().stand
    return lambda: open_leader(redis_url, role="scheduler", prefix=redis_prefix)


async def test_the_first_who_asks_leads_and_goes_on_leading(stand: Stand) -> None:
    async with stand() as one:
        assert await one.is_leader()
        assert await one.is_leader()


async def test_while_one_leads_nobody_else_does(stand: Stand) -> None:
    async with stand() as one:
        leads = await one.is_leader()
        async with stand() as two, stand() as three:
            others = [await two.is_leader(), await three.is_leader()]

        assert leads
        assert others == [False, False]
        assert await one.is_leader()


async def test_who_ends_leaves_the_lead_to_another_at_once(stand: Stand) -> None:
    async with stand() as two:
        async with stand() as one:
            # Either may have been first.
            before = [await one.is_leader(), await two.is_leader()]
        after = await two.is_leader()

    assert sorted(before) == [False, True]
    assert after is True
