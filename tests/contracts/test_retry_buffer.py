"""What every RetryBuffer promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest

from orchestrator_core.ports import RetryBuffer
from storage.retry_buffer import RedisRetryBuffer
from tests.fakes.clock import NOON
from tests.fakes.retry_buffer import FakeRetryBuffer

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["fake", "redis"])
async def buffer(
    request: pytest.FixtureRequest, redis_url: str, redis_prefix: str
) -> AsyncIterator[RetryBuffer]:
    if request.param == "fake":
        yield FakeRetryBuffer()
        return
    async with aclosing(RedisRetryBuffer(redis_url, prefix=redis_prefix)) as real:
        yield real


async def test_an_empty_one_has_no_next(buffer: RetryBuffer) -> None:
    await buffer.drop_due(NOON)

    assert await buffer.seconds_to_next(NOON) is None


async def test_the_next_is_the_earliest(buffer: RetryBuffer) -> None:
    await buffer.put(1, NOON + 9 * SECOND)
    await buffer.put(2, NOON + 2.5 * SECOND)

    assert await buffer.seconds_to_next(NOON) == pytest.approx(2.5)


@pytest.mark.parametrize("late", [timedelta(0), SECOND])
async def test_one_that_is_due_has_zero_seconds_to_go(
    buffer: RetryBuffer, late: timedelta
) -> None:
    await buffer.put(1, NOON)

    assert await buffer.seconds_to_next(NOON + late) == 0


async def test_those_due_and_no_others_are_taken_out(buffer: RetryBuffer) -> None:
    """To the microsecond."""
    await buffer.put(1, NOON + timedelta(microseconds=1))
    await buffer.put(2, NOON)
    await buffer.put(3, NOON - SECOND)
    await buffer.drop_due(NOON)
    left = await buffer.seconds_to_next(NOON)
    await buffer.drop_due(NOON + timedelta(microseconds=1))

    assert left == pytest.approx(1e-6)
    assert await buffer.seconds_to_next(NOON) is None


async def test_putting_again_moves_it(buffer: RetryBuffer) -> None:
    await buffer.put(1, NOON)
    await buffer.put(1, NOON + SECOND)
    await buffer.drop_due(NOON)
    kept = await buffer.seconds_to_next(NOON)
    await buffer.drop_due(NOON + SECOND)

    assert kept == pytest.approx(1)
    assert await buffer.seconds_to_next(NOON) is None


async def test_many_are_taken_out_at_once(buffer: RetryBuffer) -> None:
    for number in range(50):
        await buffer.put(number, NOON - number * SECOND)
    await buffer.put(50, NOON + SECOND)
    await buffer.drop_due(NOON)

    assert await buffer.seconds_to_next(NOON) == pytest.approx(1)
