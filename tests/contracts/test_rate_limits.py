"""What every RateLimits promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from orchestrator_core.ports import ChatRates, Limited, RateLimits, TooMuch
from storage.rate_limits import RedisRateLimits
from tests.fakes.clock import FakeClock
from tests.fakes.rate_limits import FakeRateLimits
from tests.waiting import PATIENCE

RATES = ChatRates(
    prompts_per_person="3/hour",
    prompts_per_chat="4/hour",
    commands_per_person="5/day; 2/hour",
    commands_per_chat="100/hour",
)
PROMPTS, COMMANDS = Limited.PROMPTS, Limited.COMMANDS


@pytest.fixture(params=["fake", "redis", "memory"])
async def limits(
    request: pytest.FixtureRequest, redis_url: str, redis_prefix: str
) -> AsyncIterator[RateLimits]:
    """`memory`: the real one while Redis is away."""
    if request.param == "fake":
        yield FakeRateLimits(FakeClock(), RATES)
        return
    url = redis_url if request.param == "redis" else "unix:///nowhere/to/be/found"
    async with RedisRateLimits(url, RATES, prefix=redis_prefix) as real:
        yield real


async def take(
    limits: RateLimits,
    event_id: str,
    *,
    kind: Limited = PROMPTS,
    person_id: str = "U1",
    chat_id: str | None = None,
) -> TooMuch | None:
    return await limits.take(kind, person_id=person_id, chat_id=chat_id, event_id=event_id)


async def use_up(limits: RateLimits) -> None:
    for number in range(3):
        assert await take(limits, f"before-{number}") is None


async def test_there_is_room_until_there_is_none(limits: RateLimits) -> None:
    await use_up(limits)
    refused = await take(limits, "e4")

    assert refused is not None
    assert 0 < refused.seconds <= 3600


async def test_the_first_to_be_refused_is_to_be_told_and_no_other(limits: RateLimits) -> None:
    await use_up(limits)
    refused = [await take(limits, f"e{number}") for number in range(5)]

    assert [one.tell for one in refused if one] == [True, False, False, False, False]


async def test_an_event_asked_about_again_is_not_counted_again(limits: RateLimits) -> None:
    """As after a crash: what had room has it still."""
    for _ in range(10):
        assert await take(limits, "same") is None
    assert await take(limits, "second") is None
    assert await take(limits, "third") is None
    assert await take(limits, "same") is None


async def test_an_event_that_was_refused_is_refused_again_and_told_again(
    limits: RateLimits,
) -> None:
    """Whoever was to tell may have died before it did."""
    await use_up(limits)
    first, silent = await take(limits, "told"), await take(limits, "silent")
    again, silent_again = await take(limits, "told"), await take(limits, "silent")

    assert [one.tell for one in (first, again) if one] == [True, True]
    assert [one.tell for one in (silent, silent_again) if one] == [False, False]


async def test_people_are_counted_apart(limits: RateLimits) -> None:
    await use_up(limits)

    assert await take(limits, "other", person_id="U2") is None


async def test_prompts_and_commands_are_counted_apart(limits: RateLimits) -> None:
    await use_up(limits)

    assert await take(limits, "c", kind=COMMANDS) is None


async def test_all_in_a_chat_share_what_it_has(limits: RateLimits) -> None:
    for number in range(4):
        person = f"U{number}"
        assert await take(limits, f"e{number}", person_id=person, chat_id="C1") is None
    refused = await take(limits, "e5", person_id="U5", chat_id="C1")
    elsewhere = await take(limits, "e6", person_id="U6", chat_id="C2")

    assert refused is not None
    assert refused.tell
    assert elsewhere is None


async def test_of_several_rates_each_holds(limits: RateLimits) -> None:
    taken = [await take(limits, f"e{number}", kind=COMMANDS) for number in range(3)]

    assert [one is None for one in taken] == [True, True, False]
    assert taken[-1] is not None
    assert taken[-1].seconds <= 3600


async def test_of_many_at_once_as_many_have_room_as_there_is(limits: RateLimits) -> None:
    async with asyncio.timeout(PATIENCE):
        taken = await asyncio.gather(*(take(limits, f"e{number}") for number in range(20)))

    refused = [one for one in taken if one]
    assert (len(taken) - len(refused), sum(one.tell for one in refused)) == (3, 1)
