"""Work by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestrator_core.scheduler import Daily, Every, Job, When, next_time, scheduled
from tests.fakes.clock import NOON, FakeClock

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")


def times(when: When, start: datetime) -> Iterator[datetime]:
    while True:
        start = next_time(when, start)
        yield start


async def test_a_job_runs_at_once_and_again_and_again_while_it_is_open() -> None:
    runs = asyncio.Semaphore(0)

    async def work() -> None:
        runs.release()

    async with asyncio.timeout(5), scheduled(Job(name="tick", every_seconds=0.01, work=work)):
        for _ in range(3):
            await runs.acquire()


async def test_a_job_that_is_seldom_due_still_begins_with_a_run() -> None:
    ran = asyncio.Event()

    async def work() -> None:
        ran.set()

    async with asyncio.timeout(5), scheduled(Job(name="tick", every_seconds=3600, work=work)):
        await ran.wait()


async def test_a_job_that_fails_runs_again_and_a_slow_one_not_beside_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures = asyncio.Semaphore(0)
    slow = 0

    async def fail() -> None:
        failures.release()
        raise RuntimeError("this time")

    async def stay() -> None:
        nonlocal slow
        slow += 1
        await asyncio.Event().wait()

    jobs = [
        Job(name="fail", every_seconds=0.01, work=fail),
        Job(name="slow", every_seconds=0.01, work=stay),
    ]
    async with asyncio.timeout(5), scheduled(*jobs):
        for _ in range(3):
            await failures.acquire()

    assert slow == 1
    # An overrun is nothing to complain of, nor is being ended with the process.
    assert {record.message for record in caplog.records} == {"job failed"}


async def test_a_job_under_way_at_the_end_is_cancelled_and_waited_for() -> None:
    begun, put_away = asyncio.Event(), False

    async def work() -> None:
        nonlocal put_away
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            put_away = True

    async with asyncio.timeout(5), scheduled(Job(name="long", every_seconds=60, work=work)):
        await begun.wait()

    assert put_away is True


async def test_a_clock_set_back_keeps_no_job_waiting() -> None:
    runs = asyncio.Semaphore(0)

    async def work() -> None:
        runs.release()

    job = Job(name="tick", every_seconds=3600, work=work)
    yesterday = FakeClock(datetime.now(UTC) - timedelta(days=1))
    async with asyncio.timeout(5), scheduled(job, clock=yesterday, watch_seconds=0.01):
        # The first is that of the start.
        for _ in range(2):
            await runs.acquire()


async def test_a_clock_that_goes_right_starts_nothing_early() -> None:
    early = asyncio.Semaphore(0)
    ticks = asyncio.Semaphore(0)

    async def seldom() -> None:
        early.release()

    async def often() -> None:
        ticks.release()

    jobs = [
        Job(name="seldom", every_seconds=3600, work=seldom),
        Job(name="often", every_seconds=0.01, work=often),
    ]
    async with asyncio.timeout(5), scheduled(*jobs, watch_seconds=0.001):
        for _ in range(10):
            await ticks.acquire()

    await early.acquire()
    assert early.locked()


@pytest.mark.parametrize("missed", [timedelta(), timedelta(days=400)])
def test_the_next_time_of_an_interval_is_one_from_now(missed: timedelta) -> None:
    now = NOON + missed

    assert next_time(Every(seconds=90), now) == now + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2030-01-01T18:59:59.999999+00:00", "2030-01-01T19:00:00+00:00"),
        ("2030-01-01T19:00:00+00:00", "2030-01-02T19:00:00+00:00"),
        ("2030-01-01T19:00:00.000001+00:00", "2030-01-02T19:00:00+00:00"),
        ("2030-01-01T12:00:00+02:00", "2030-01-01T19:00:00+00:00"),
    ],
)
def test_a_daily_time_is_the_next_one_in_its_zone(now: str, expected: str) -> None:
    found = next_time(Daily(hour=4, zone=TOKYO), datetime.fromisoformat(now))

    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("start", ["2026-03-27", "2026-10-23"])
@pytest.mark.parametrize(("hour", "minute"), [(1, 59), (2, 0), (2, 30), (3, 0), (4, 0)])
def test_no_day_is_left_out_where_the_clocks_are_changed(
    start: str, hour: int, minute: int
) -> None:
    first = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    found = times(Daily(hour=hour, minute=minute, zone=BERLIN), first)

    days = [next(found).astimezone(BERLIN).date() for _ in range(6)]

    assert set(days) >= {first.date() + timedelta(days=n) for n in range(5)}
    # In autumn the hour from two to three comes twice.
    assert len(days) - len(set(days)) == (hour == 2 and start == "2026-10-23")
