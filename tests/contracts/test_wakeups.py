"""What every Wakeups promises. `here` and `there` stand for two processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from orchestrator_core.ports import Bell, Topic, Wakeups, pool_key
from storage.wakeups import open_wakeups
from tests.fakes.wakeups import FakeWakeups

LONG = 5.0
#: Topics whose rings may be meant for one of many.
KEYED = [Topic.TURNS, Topic.STOPS, Topic.APPROVALS, Topic.EVENTS]
POOL = pool_key("default")


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
        yield Pair(one, one.elsewhere())
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


@pytest.mark.parametrize("topic", KEYED)
async def test_a_ring_with_a_key_wakes_only_those_of_that_key(pair: Pair, topic: Topic) -> None:
    async with (
        pair.here.bell(topic, "one") as here,
        pair.there.bell(topic, "one", "three") as there,
        pair.here.bell(topic, "two") as other_here,
        pair.there.bell(topic, "two") as other_there,
    ):
        pair.here.ring(topic, "one")

        assert await here.wait(LONG) and await there.wait(LONG)
        assert not await other_here.wait(0.01)
        assert not await other_there.wait(0.01)


@pytest.mark.parametrize("topic", [*KEYED, Topic.INBOX, Topic.DELIVERIES])
async def test_a_ring_with_a_key_wakes_those_who_gave_none(pair: Pair, topic: Topic) -> None:
    async with pair.here.bell(topic) as here, pair.there.bell(topic) as there:
        pair.here.ring(topic, "one")

        assert await here.wait(LONG) and await there.wait(LONG)


@pytest.mark.parametrize("topic", KEYED)
async def test_a_ring_without_a_key_wakes_all(pair: Pair, topic: Topic) -> None:
    async with pair.here.bell(topic, "one") as here, pair.there.bell(topic, "two") as there:
        pair.here.ring(topic)

        assert await here.wait(LONG) and await there.wait(LONG)


async def test_rings_for_several_keys_all_arrive(pair: Pair) -> None:
    for topic in KEYED:
        async with pair.there.bell(topic, "one") as one, pair.there.bell(topic, "two") as two:
            pair.here.ring(topic, "one")
            pair.here.ring(topic, "two")

            assert await one.wait(LONG) and await two.wait(LONG)


async def test_a_pools_ring_wakes_who_waits_here_and_at_once(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS, "worker", POOL) as bell:
        pair.here.ring(Topic.TURNS, POOL)

        assert await bell.wait(0) is True


async def test_a_pools_ring_wakes_one_of_those_who_wait(pair: Pair) -> None:
    async with (
        pair.there.bell(Topic.TURNS, "one", POOL) as one,
        pair.there.bell(Topic.TURNS, "two", POOL) as two,
    ):
        waits = await waiting(one, two)
        pair.here.ring(Topic.TURNS, POOL)
        woken, asleep = await asyncio.wait(
            waits, timeout=LONG, return_when=asyncio.FIRST_COMPLETED
        )
        pair.here.ring(Topic.TURNS, POOL)
        both, _ = await asyncio.wait(waits, timeout=LONG)

    assert (len(woken), len(asleep)) == (1, 1)
    assert both == waits


async def test_as_many_are_woken_as_there_were_rings(pair: Pair) -> None:
    async with (
        pair.there.bell(Topic.TURNS, "one", POOL) as one,
        pair.there.bell(Topic.TURNS, "two", POOL) as two,
    ):
        waits = await waiting(one, two)
        pair.here.ring(Topic.TURNS, POOL)
        pair.here.ring(Topic.TURNS, POOL)
        woken, _ = await asyncio.wait(waits, timeout=LONG)

    assert woken == waits


async def test_a_pools_ring_goes_to_who_waits_and_not_to_who_is_busy(pair: Pair) -> None:
    async with (
        pair.there.bell(Topic.TURNS, "busy", POOL),
        pair.there.bell(Topic.TURNS, "free", POOL) as free,
    ):
        for _ in range(5):
            [wait] = await waiting(free)
            pair.here.ring(Topic.TURNS, POOL)

            assert await wait is True


async def test_a_pools_ring_is_kept_for_who_waits_next(pair: Pair) -> None:
    async with pair.there.bell(Topic.TURNS, "busy", POOL) as bell:
        pair.here.ring(Topic.TURNS, POOL)

        assert await bell.wait(LONG) is True


async def test_another_pools_ring_wakes_nobody(pair: Pair) -> None:
    async with (
        pair.there.bell(Topic.TURNS, "one", pool_key("gpu")) as gpu,
        pair.there.bell(Topic.TURNS, "two", POOL) as default,
    ):
        waits = await waiting(gpu, default)
        pair.here.ring(Topic.TURNS, POOL)
        woken, asleep = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        pair.here.ring(Topic.TURNS)
        await asyncio.wait(asleep, timeout=LONG)

    assert [task.get_name() for task in woken] == ["1"]


async def test_a_pools_ring_wakes_those_who_listen_to_everything(pair: Pair) -> None:
    async with pair.here.bell(Topic.TURNS) as here, pair.there.bell(Topic.TURNS) as there:
        pair.here.ring(Topic.TURNS, POOL)

        assert await here.wait(LONG) and await there.wait(LONG)


async def waiting(*bells: Bell) -> set[asyncio.Task[bool]]:
    """Tasks named by their place, each waiting for its bell."""
    waits = {
        asyncio.create_task(bell.wait(LONG), name=str(place)) for place, bell in enumerate(bells)
    }
    await asyncio.wait(waits, timeout=0.01)
    return waits


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
