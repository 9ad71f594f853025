"""The courier with a real retry buffer, and with one that forgets everything."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

from orchestrator_core.clock import SystemClock
from orchestrator_core.courier import SWEEP_SECONDS
from orchestrator_core.courier_outcomes import BATCH
from orchestrator_core.errors import MessengerBusyError
from orchestrator_core.model import DeliveryState
from storage.embedded_valkey import embedded_valkey
from storage.redis_client import connect
from storage.retry_buffer import RedisRetryBuffer
from tests.core import Core
from tests.mail import sent_texts
from tests.samples import a_delivery
from tests.waiting import going

#: For what the machine is busy with besides.
SLACK = 2.0


async def test_a_buffer_emptied_in_the_middle_delays_by_a_second_at_most(tmp_path: Path) -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"))
    clock = SystemClock()
    async with (
        embedded_valkey(tmp_path) as url,
        aclosing(RedisRetryBuffer(url)) as retries,
        connect(url) as client,
    ):
        async with core.store.transaction() as records:
            new = a_delivery(text="hi", now=clock.now())
            await records.deliveries.add(new)
        courier = replace(core.courier(), clock=clock, retries=retries)
        await courier.send_due()
        await courier.settle()
        [failed] = await core.deliveries()
        known = await client.zcard("denrei:retries")
        await client.flushall()
        async with going(courier.run()):
            await core.messenger.wait_until(lambda: sent_texts(core) == ["hi"])
        late = (clock.now() - failed.due_at).total_seconds()

    assert failed.state is DeliveryState.PENDING
    assert known == 1
    assert 0 <= late <= SWEEP_SECONDS + SLACK


async def test_an_emptied_buffer_is_filled_again_whatever_the_number(
    redis_url: str, redis_prefix: str
) -> None:
    core = Core()
    later = core.clock.now() + timedelta(hours=1)
    count = 3 * BATCH + 7
    async with core.store.transaction() as records:
        for number in range(count):
            added = await records.deliveries.add(a_delivery(f"chat-{number}"))
            await records.deliveries.save(replace(added, due_at=later))
    async with (
        aclosing(RedisRetryBuffer(redis_url, prefix=redis_prefix)) as retries,
        connect(redis_url) as client,
    ):
        courier = replace(core.courier(), retries=retries)
        before = await client.zcard(f"{redis_prefix}retries")
        await courier.sweep()
        filled = await client.zcard(f"{redis_prefix}retries")
        await courier.sweep()
        again = await client.zcard(f"{redis_prefix}retries")

    assert (before, filled, again) == (0, count, count)


async def test_without_redis_it_looks_once_a_second(tmp_path: Path) -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"))
    clock = SystemClock()
    async with core.store.transaction() as records:
        await records.deliveries.add(a_delivery(text="hi", now=clock.now()))
    async with aclosing(RedisRetryBuffer(f"unix://{tmp_path}/nobody.sock")) as retries:
        courier = replace(core.courier(), clock=clock, retries=retries)
        begun = monotonic()
        async with going(courier.run()):
            await core.messenger.wait_until(lambda: sent_texts(core) == ["hi"])

    assert monotonic() - begun <= 1 + SWEEP_SECONDS + SLACK
