"""What every Wakeups promises. `here` and `there` stand for two processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from orchestrator_core.ports import Topic, Wakeups
from storage.wakeups import open_wakeups
from tests.fakes.wakeups import FakeWakeups

LONG = 5.0


@dataclass(frozen=True)
class Pair:
    here: Wakeups
    there: Wakeups


@pytest.fixture(params=["fake", "redis"])
async def pair(
    request: pytest.FixtureRequest, redis_url: str, redis_prefix: str
) -> AsyncIterator[Pair]:
    if request.param == "fake":
        one = FakeWakeups()
        yield Pair(one, one)
        return
    async with (
        open_wakeups(redis_url, prefix=redis_prefix) as here,
        open_wakeups(redis_url, prefix=redis_prefix) as there,
    ):
        yield Pair(here, there)


async def test_a_ring_wakes_who_waits(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS) as bell:
        waiting = asyncio.create_task(bell.wait(LONG))
        pair.here.ring(Topic.TURNS)

        assert await waiting is True


async def test_a_ring_wakes_who_waits_elsewhere(pair: Pair) -> None:
    async with pair.there.bell(Topic.TURNS) as bell:
        pair.here.ring(Topic.TURNS)

        assert await bell.wait(LONG) is True


async def test_a_ring_that_came_before_the_wait_is_not_lost(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS) as bell:
        pair.here.ring(Topic.TURNS)

        assert await bell.wait(0.0 + LONG) is True


async def test_without_a_ring_the_wait_ends_in_false(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS) as bell:
        assert await bell.wait(0.01) is False


async def test_one_ring_is_one_wake_up(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS) as here, pair.there.bell(Topic.TURNS) as there:
        pair.here.ring(Topic.TURNS)
        # By then the ring has been through everything, its own echo included.
        await there.wait(LONG)
        first = await here.wait(LONG)
        second = await here.wait(0.05)

        assert (first, second) == (True, False)


async def test_all_who_listen_to_a_topic_are_woken(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS) as one, pair.here.bell(Topic.TURNS) as two:
        pair.there.ring(Topic.TURNS)

        assert await one.wait(LONG) and await two.wait(LONG)


async def test_other_topics_wake_nobody(pair: Pair) -> None:
    async with pair.there.bell(Topic.TURNS) as turns, pair.there.bell(Topic.INBOX) as inbox:
        pair.here.ring(Topic.INBOX)

        assert await inbox.wait(LONG) is True
        assert await turns.wait(0.01) is False


async def test_every_topic_travels(pair: Pair) -> None:
    for topic in Topic:
        async with pair.there.bell(topic) as bell:
            pair.here.ring(topic)

            assert await bell.wait(LONG) is True


async def test_ping_is_quiet_while_rings_travel(pair: Pair) -> None:
    assert await pair.here.ping() is None  # type: ignore[func-returns-value]


async def test_who_is_cancelled_while_it_rings_is_cancelled(pair: Pair) -> None:
    """Or a loop that is to end would go on for ever."""
    async with pair.here.bell(Topic.TURNS) as bell:
        waiting = asyncio.create_task(bell.wait(LONG))
        await asyncio.wait([waiting], timeout=0.01)
        pair.here.ring(Topic.TURNS)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=LONG)

    assert waiting.cancelled()
