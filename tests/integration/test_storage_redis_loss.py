"""Wake-ups and the leader when Redis is emptied, killed, hung or away; on a Valkey of our own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import aclosing
from pathlib import Path

import pytest

from orchestrator_core.ports import Bell, Topic, Wakeups, pool_key
from orchestrator_core.processes import start_mark
from storage.bells import Bells
from storage.embedded_valkey import embedded_valkey
from storage.redis_client import connect, connect_to_listen
from storage.wakeup_rings import EVENTS_LENGTH, FIELD, write
from storage.wakeup_streams import EventTail
from storage.wakeups import open_wakeups
from tests.waiting import going, until

LONG = 15.0
POOL = pool_key("default")
#: One ring of each way they travel.
WAYS = [(Topic.INBOX, None), (Topic.STOPS, "s"), (Topic.EVENTS, "s"), (Topic.TURNS, "w")]
WAYS += [(Topic.TURNS, POOL), (Topic.TURNS, None)]


class States:
    """Whether Redis was there, as it was told."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[bool] = asyncio.Queue()

    def tell(self, up: bool) -> None:
        self._told.put_nowait(up)

    async def next(self) -> bool:
        async with asyncio.timeout(LONG):
            return await self._told.get()


def valkey_pid(folder: Path) -> int:
    return int(json.loads((folder / "valkey" / "valkey.json").read_text())["pid"])


async def check_all_ways(here: Wakeups, there: Wakeups) -> None:
    for topic, key in WAYS:
        keys = [key] if key else []
        async with there.bell(topic, *keys) as bell:
            here.ring(topic, key)

            assert await bell.wait(LONG), (topic, key)


async def quiet(bell: Bell) -> None:
    """Take the rings that came until now."""
    while await bell.wait(0.1):
        pass


async def test_a_killed_valkey_is_started_again_with_its_files(tmp_path: Path) -> None:
    states = States()
    async with (
        embedded_valkey(tmp_path) as url,
        open_wakeups(url, told=states.tell) as wakeups,
        connect(url) as client,
    ):
        await client.set("kept", "1")
        await client.waitaof(1, 0, 5_000)
        pid = valkey_pid(tmp_path)
        os.kill(pid, signal.SIGKILL)
        told = [await states.next() for _ in range(4)]
        kept = await client.get("kept")
        again = valkey_pid(tmp_path)
        await wakeups.ping()

    assert told == [False, True, False, True]
    assert kept == b"1"
    assert again != pid
    assert start_mark(again) is None


async def test_rings_travel_every_way_after_a_restart(tmp_path: Path) -> None:
    states = States()
    async with (
        embedded_valkey(tmp_path) as url,
        open_wakeups(url) as here,
        open_wakeups(url, told=states.tell) as there,
        there.bell(Topic.TURNS, "w", POOL) as turns,
        there.bell(Topic.EVENTS, "s") as events,
    ):
        os.kill(valkey_pid(tmp_path), signal.SIGKILL)
        told = [await states.next() for _ in range(4)]
        looked_again = [await turns.wait(LONG), await events.wait(LONG)]
        for key in ("w", POOL):
            await quiet(turns)
            here.ring(Topic.TURNS, key)
            assert await turns.wait(LONG), key
        await quiet(events)
        here.ring(Topic.EVENTS, "s")
        assert await events.wait(LONG)
        await check_all_ways(here, there)

    assert told == [False, True, False, True]
    assert looked_again == [True, True]


async def test_an_emptied_redis_stops_no_ring(tmp_path: Path) -> None:
    async with (
        embedded_valkey(tmp_path) as url,
        open_wakeups(url) as here,
        open_wakeups(url) as there,
        there.bell(Topic.TURNS, "w", POOL) as turns,
        there.bell(Topic.EVENTS, "s") as events,
        connect(url) as client,
    ):
        waiting = asyncio.create_task(turns.wait(LONG))
        await check_all_ways(here, there)
        await client.flushall()
        # The pool's own ring, or the news that those in the stream are gone.
        woken = await waiting
        here.ring(Topic.TURNS, POOL)
        here.ring(Topic.EVENTS, "s")
        after = [await turns.wait(LONG), await events.wait(LONG)]
        await check_all_ways(here, there)

    assert woken is True
    assert after == [True, True]


async def test_a_redis_that_comes_after_the_start_is_found(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        pass
    states = States()
    async with (
        open_wakeups(url, told=states.tell) as here,
        open_wakeups(url) as there,
        there.bell(Topic.TURNS, "w", POOL) as turns,
        there.bell(Topic.EVENTS, "s") as events,
    ):
        async with embedded_valkey(tmp_path):
            told = [await states.next(), await states.next()]
            looked_again = [await turns.wait(LONG), await events.wait(LONG)]
            await check_all_ways(here, there)
        gone = await states.next()

    assert told == [False, True]
    assert looked_again == [True, True]
    assert gone is False


async def test_a_hung_redis_is_away_until_it_goes_on(tmp_path: Path) -> None:
    states = States()
    async with embedded_valkey(tmp_path) as url, open_wakeups(url, told=states.tell) as wakeups:
        pid = valkey_pid(tmp_path)
        os.kill(pid, signal.SIGSTOP)
        try:
            told = [await states.next() for _ in range(3)]
            with pytest.raises(ConnectionError):
                await wakeups.ping()
        finally:
            os.kill(pid, signal.SIGCONT)
        back = await states.next()

    assert told == [False, True, False]
    assert back is True


async def test_events_of_a_short_loss_are_caught_up_on(redis_url: str, redis_prefix: str) -> None:
    bells = Bells()
    async with (
        aclosing(connect_to_listen(redis_url)) as listening,
        connect(redis_url) as client,
    ):
        tail = EventTail(listening, f"{redis_prefix}events", bells, "me")
        with (
            bells.hung(Topic.EVENTS, frozenset({"one"})) as one,
            bells.hung(Topic.EVENTS, frozenset({"two"})) as two,
        ):
            tail.want()
            async with going(tail.follow()):
                await until(tail.reading.is_set)
                await client.xadd(f"{redis_prefix}events", {FIELD: write("you", ["one"])})
                assert await one.wait(LONG)
            await client.xadd(f"{redis_prefix}events", {FIELD: write("you", ["two"])})
            async with going(tail.follow()):
                await until(tail.reading.is_set)
                caught_up = await two.wait(LONG)
            others = await one.wait(0)

    assert caught_up is True
    assert others is False


async def test_after_a_loss_longer_than_the_stream_all_look_again(
    redis_url: str, redis_prefix: str
) -> None:
    bells = Bells()
    stream = f"{redis_prefix}events"
    async with (
        aclosing(connect_to_listen(redis_url)) as listening,
        connect(redis_url) as client,
    ):
        tail = EventTail(listening, stream, bells, "me")
        with bells.hung(Topic.EVENTS, frozenset({"one"})) as one:
            tail.want()
            async with going(tail.follow()):
                await until(tail.reading.is_set)
                await client.xadd(stream, {FIELD: write("you", ["one"])})
                assert await one.wait(LONG)
            await client.xadd(stream, {FIELD: write("you", ["one"])})
            await client.xadd(stream, {FIELD: write("you", ["two"])}, maxlen=1, approximate=False)
            async with going(tail.follow()):
                await until(tail.reading.is_set)
                looked_again = await one.wait(LONG)

    assert looked_again is True


async def test_the_stream_of_events_is_bounded(redis_url: str, redis_prefix: str) -> None:
    async with open_wakeups(redis_url, prefix=redis_prefix) as here, connect(redis_url) as client:
        async with client.pipeline(transaction=False) as pipe:
            for _ in range(EVENTS_LENGTH + 1_000):
                pipe.xadd(f"{redis_prefix}events", {FIELD: write("you", ["one"])})
            await pipe.execute()
        async with (
            open_wakeups(redis_url, prefix=redis_prefix) as there,
            there.bell(Topic.EVENTS) as bell,
        ):
            here.ring(Topic.EVENTS, "one")
            assert await bell.wait(LONG)
        length = await client.xlen(f"{redis_prefix}events")

    assert EVENTS_LENGTH <= length < EVENTS_LENGTH + 200


async def test_what_another_version_writes_wakes_everybody(
    redis_url: str, redis_prefix: str
) -> None:
    async with (
        open_wakeups(redis_url, prefix=redis_prefix) as here,
        here.bell(Topic.STOPS, "one") as bell,
        connect(redis_url) as client,
    ):
        await client.publish(f"{redis_prefix}wake:{Topic.STOPS}", b"\xff?")

        assert await bell.wait(LONG)


async def test_who_is_alone_rings_only_here(redis_url: str, redis_prefix: str) -> None:
    async with (
        open_wakeups(redis_url, prefix=redis_prefix, alone=True) as here,
        open_wakeups(redis_url, prefix=redis_prefix) as there,
    ):
        for topic, key in WAYS:
            keys = [key] if key else []
            async with here.bell(topic, *keys) as bell, there.bell(topic, *keys) as other:
                here.ring(topic, key)

                assert await bell.wait(0)
                assert not await other.wait(0.02)
        await here.ping()
