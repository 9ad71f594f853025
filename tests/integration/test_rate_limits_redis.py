"""Rate limits shared by processes, and without Redis."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from orchestrator_core.ports import ChatRates, Limited, TooMuch
from storage.embedded_valkey import embedded_valkey
from storage.rate_counts import MemoryNotes
from storage.rate_limits import RedisRateLimits
from tests.waiting import PATIENCE

RATES = ChatRates(prompts_per_person="2/hour")
QUICK = ChatRates(prompts_per_person="1/second")


async def take(limits: RedisRateLimits, event_id: str) -> TooMuch | None:
    return await limits.take(Limited.PROMPTS, person_id="U1", chat_id=None, event_id=event_id)


async def test_processes_count_together_and_one_of_them_tells(
    redis_url: str, redis_prefix: str
) -> None:
    async with (
        RedisRateLimits(redis_url, RATES, prefix=redis_prefix) as one,
        RedisRateLimits(redis_url, RATES, prefix=redis_prefix) as other,
    ):
        taken = [await take(one, "a"), await take(other, "b"), await take(one, "c")]
        refused, again = await take(other, "d"), await take(other, "a")

    assert taken[:2] == [None, None]
    assert [one.tell for one in (taken[2], refused) if one] == [True, False]
    assert again is None


async def test_an_event_that_another_process_counted_is_not_counted_again(
    redis_url: str, redis_prefix: str
) -> None:
    """The one that had it was killed."""
    async with RedisRateLimits(redis_url, RATES, prefix=redis_prefix) as killed:
        await take(killed, "a")
    async with RedisRateLimits(redis_url, RATES, prefix=redis_prefix) as heir:
        taken = [await take(heir, "a"), await take(heir, "b"), await take(heir, "c")]

    assert [one is None for one in taken] == [True, True, False]


async def test_when_the_window_is_over_there_is_room_again(
    redis_url: str, redis_prefix: str
) -> None:
    numbers = iter(range(100_000))
    async with RedisRateLimits(redis_url, QUICK, prefix=redis_prefix) as limits:
        while await take(limits, f"e{next(numbers)}") is None:
            """One may begin at the very end of a second."""
        async with asyncio.timeout(PATIENCE):
            while await take(limits, f"e{next(numbers)}") is not None:  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_while_redis_is_away_each_counts_alone_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storage")
    told: list[bool] = []
    async with embedded_valkey(tmp_path) as url:
        limits = RedisRateLimits(url, RATES, told=told.append)
        await take(limits, "a")
    async with limits:
        taken = [await take(limits, name) for name in "bcd"]

    assert [one is None for one in taken] == [True, True, False]
    assert told == [True, False]
    assert [one.message for one in caplog.records].count("redis away") == 1


async def test_a_redis_that_never_answers_is_waited_for_once() -> None:
    knocked: list[asyncio.StreamWriter] = []

    async def never_answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocked.append(writer)

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with RedisRateLimits(f"redis://127.0.0.1:{port}", RATES) as limits:
        async with asyncio.timeout(PATIENCE):
            taken = [await take(limits, name) for name in "abc"]
    server.close()
    for caller in knocked:
        caller.close()
        await caller.wait_closed()

    assert [one is None for one in taken] == [True, True, False]
    assert len(knocked) == 1


async def test_memory_forgets_the_oldest_when_it_holds_too_much() -> None:
    notes = MemoryNotes()
    for number in range(10_001):
        await notes.put(str(number), "x", 60)

    assert (await notes.get("0"), await notes.get("1")) == (None, "x")
