"""The leader's lock when the leader is killed, paused or cut off."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from storage.leader import LIFE_SECONDS, RedisLeader, open_leader
from storage.redis_client import connect

LIFE = 0.6
LONG = 15.0

_LEAD = """
import asyncio, sys
from storage.leader import open_leader
async def main():
    url, prefix, life = sys.argv[1:]
    async with open_leader(url, role="r", prefix=prefix, life=float(life)) as leader:
        print(await leader.is_leader(), flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@asynccontextmanager
async def candidate(redis_url: str, prefix: str) -> AsyncIterator[RedisLeader]:
    """One that does not renew by itself."""
    async with aclosing(connect(redis_url)) as client:
        yield RedisLeader(client, f"{prefix}leader:r", LIFE)


async def until_it_leads(leader: RedisLeader) -> float:
    began = time.monotonic()
    async with asyncio.timeout(LONG):
        while not await leader.is_leader():  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0)
    return time.monotonic() - began


def test_a_dead_leader_is_replaced_within_fifteen_seconds() -> None:
    assert LIFE_SECONDS * 4 / 3 < 15


async def test_when_the_leader_is_killed_another_leads(redis_url: str, redis_prefix: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LEAD, redis_url, redis_prefix, str(LIFE),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LONG):
            led = await process.stdout.readline()
        async with open_leader(redis_url, role="r", prefix=redis_prefix, life=LIFE) as other:
            before = await other.is_leader()
            process.send_signal(signal.SIGKILL)
            await process.wait()
            took = await until_it_leads(other)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert led.strip() == b"True"
    assert before is False
    assert took < LIFE * 4 / 3 + 1


async def test_who_was_paused_for_too_long_leads_no_more_and_takes_nothing_back(
    redis_url: str, redis_prefix: str
) -> None:
    async with (
        candidate(redis_url, redis_prefix) as paused,
        candidate(redis_url, redis_prefix) as other,
    ):
        led = await paused.is_leader()
        await until_it_leads(other)
        leads_still = await paused.is_leader()
        await paused.give_up()
        other_leads = await other.is_leader()
        leads_again = await paused.is_leader()

    assert led is True
    assert (leads_still, other_leads, leads_again) == (False, True, False)


async def test_a_leader_prolongs_its_time_without_being_asked(
    redis_url: str, redis_prefix: str
) -> None:
    key = f"{redis_prefix}leader:r"
    async with (
        open_leader(redis_url, role="r", prefix=redis_prefix, life=3.0) as leader,
        connect(redis_url) as client,
    ):
        led = await leader.is_leader()
        holder, left = await client.get(key), await client.pttl(key)
        async with asyncio.timeout(LONG):
            while (now_left := await client.pttl(key)) <= left:
                left = now_left
        still = await client.get(key)

    assert led is True
    assert holder is not None
    assert still == holder


async def test_an_emptied_redis_has_one_leader_again(redis_url: str, redis_prefix: str) -> None:
    async with (
        candidate(redis_url, redis_prefix) as one,
        candidate(redis_url, redis_prefix) as two,
        connect(redis_url) as client,
    ):
        await one.is_leader()
        await client.delete(f"{redis_prefix}leader:r")
        await client.script_flush()
        led = [await two.is_leader(), await one.is_leader()]

    assert led == [True, False]


async def test_without_redis_everybody_leads_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_leader(f"unix://{tmp_path}/nobody.sock", role="r", life=60) as leader:
        led = [await leader.is_leader() for _ in range(3)]

    [record] = caplog.records
    assert led == [True, True, True]
    assert record.getMessage() == "redis away"
    assert vars(record)["part"] == "leader"
