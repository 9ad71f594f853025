"""The API's limits, counted in a real Valkey and without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.api.limits import Allowance, Allowances, Rates
from bot.api.problems import ProblemError
from storage.embedded_valkey import embedded_valkey

RATES = Rates(reads="3/hour")


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[str]:
    async with embedded_valkey(tmp_path) as url:
        yield url


async def spent(allowances: Allowances) -> str:
    """What is left after one more."""
    headers = await allowances.spend(Allowance.READS, caller="address:test")
    return headers["RateLimit-Remaining"]


async def test_processes_share_what_a_caller_has_left(valkey: str) -> None:
    one, other = (Allowances(RATES, storage_uri=valkey) for _ in range(2))
    left = [await spent(one), await spent(other), await spent(one)]

    assert left == ["2", "1", "0"]
    with pytest.raises(ProblemError) as refused:
        await spent(other)
    assert refused.value.kind.status == 429


async def test_looking_takes_nothing(valkey: str) -> None:
    allowances = Allowances(RATES, storage_uri=valkey)
    for _ in range(10):
        await allowances.spend(Allowance.READS, caller="address:test", cost=0)

    assert await spent(allowances) == "2"


async def test_when_redis_goes_away_counting_begins_anew_in_memory(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        allowances = Allowances(RATES, storage_uri=url)
        before = await spent(allowances)
    after = [await spent(allowances), await spent(allowances)]

    assert (before, after) == ("2", ["2", "1"])


async def test_a_redis_that_never_answers_keeps_nobody_else_waiting() -> None:
    """The wait is in a thread, so the loop goes on; and then memory answers."""
    knocked = asyncio.Event()
    callers: list[asyncio.StreamWriter] = []

    async def never_answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)
        knocked.set()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    allowances = Allowances(RATES, storage_uri=f"redis://127.0.0.1:{port}")

    waiting = asyncio.create_task(spent(allowances))
    await knocked.wait()
    answered_meanwhile = waiting.done()
    left = await waiting
    server.close()
    for caller in callers:
        caller.close()
        await caller.wait_closed()

    assert (answered_meanwhile, left) == (False, "2")
