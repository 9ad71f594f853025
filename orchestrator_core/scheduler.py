"""Work by the clock. The only file that knows APScheduler; it does not know what the work is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from orchestrator_core.clock import SystemClock
from orchestrator_core.cron import LAST, Cron
from orchestrator_core.ending import goes_on
from orchestrator_core.ports import Clock

logger = logging.getLogger(__name__)

#: How often the clock is looked at, in seconds that no clock can change.
WATCH_SECONDS = 30.0
#: How long a cancelled job may take to end: the process shall end whatever hangs.
END_SECONDS = 15.0
#: Clocks are set by so much without anybody minding.
SLACK = timedelta(minutes=1)

#: A trigger would give this very moment if it fits.
_MOMENT = timedelta(microseconds=1)
#: By so much clocks are set forward or back at most.
_LONGEST_SHIFT = timedelta(hours=3)
#: A leap day comes once in so many years at least.
_YEARS = 8
_NEVER = datetime.max.replace(tzinfo=UTC)
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """At this time of the day in its zone. On the day the clocks are set forward over it, an hour
    later; set back over it, it comes twice."""

    hour: int
    minute: int = 0
    zone: ZoneInfo


When = Every | Daily


def next_time(when: When, now: datetime) -> datetime:
    """The first time after now, in UTC: one, however many were missed."""
    match when:
        case Every(seconds=seconds):
            return (now + timedelta(seconds=seconds)).astimezone(UTC)
        case Daily(hour=hour, minute=minute, zone=zone):
            daily = CronTrigger(hour=hour, minute=minute, timezone=zone)
            fits: datetime = daily.get_next_fire_time(None, now + _MOMENT)
            return fits.astimezone(UTC)


def next_of_cron(cron: Cron, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first time after now, in UTC; None: there is none in the next years.

    A time that the clocks are set forward over comes as much later, one they are set back over
    comes once; but what goes by the hour comes after each hour that goes by.
    """
    if cron.every_hour:
        found = [one.get_next_fire_time(None, now + _MOMENT) for one in _triggers(cron, zone, now)]
        return min((one.astimezone(UTC) for one in found if one is not None), default=None)
    # What the clocks on the wall show, as if it were UTC: that has no gaps to lose a day in.
    wall = now.astimezone(zone).replace(tzinfo=UTC) - _LONGEST_SHIFT
    triggers = _triggers(cron, UTC, wall)
    while True:
        shown = [one.get_next_fire_time(None, wall + _MOMENT) for one in triggers]
        wall = min((one for one in shown if one is not None), default=_NEVER)
        if wall is _NEVER:
            return None
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        if moment > now:
            return moment


def _triggers(cron: Cron, zone: tzinfo, now: datetime) -> list[CronTrigger]:
    """More than one where days of the month and of the week are named: either fits."""
    common = {
        "minute": _listed(cron.minutes),
        "hour": _listed(cron.hours),
        "month": _listed(cron.months),
        # It would look for the thirtieth of February for ever.
        "year": f"{now.year}-{now.year + _YEARS}",
        "timezone": zone,
    }
    days = None
    if cron.days is not None:
        days = ",".join(chain(map(str, sorted(cron.days)), [LAST] if cron.last_day else []))
    weekdays = None if cron.weekdays is None else _listed((day - 1) % 7 for day in cron.weekdays)
    if days is None or weekdays is None:
        return [CronTrigger(day=days or "*", day_of_week=weekdays or "*", **common)]
    return [CronTrigger(day=days, **common), CronTrigger(day_of_week=weekdays, **common)]


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work of this process alone, at its start and again and again."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[None]]


@asynccontextmanager
async def scheduled(
    *jobs: Job, clock: Clock = _CLOCK, watch_seconds: float = WATCH_SECONDS
) -> AsyncIterator[None]:
    """Run each job while open. One that overruns is not started beside itself.

    Those under way at the end are cancelled and waited for. APScheduler goes by the system's
    clock, so `clock` is another one in tests only.
    """
    scheduler = AsyncIOScheduler(timezone=UTC)
    running = _Running()
    for job in jobs:
        _add(scheduler, job, running)
    scheduler.start()
    watch = asyncio.create_task(_watch(scheduler, clock, watch_seconds))
    try:
        yield
    finally:
        watch.cancel()
        scheduler.shutdown(wait=False)
        await asyncio.wait([watch])
        await running.end()


def _add(scheduler: AsyncIOScheduler, job: Job, running: _Running) -> None:
    scheduler.add_job(
        running.begin,
        _AfterNow(job.every_seconds),
        args=[job],
        id=job.name,
        next_run_time=datetime.now(UTC),
        # Without it a run is dropped when the loop is busy for a second at the wrong moment.
        misfire_grace_time=None,
        coalesce=True,
    )


class _AfterNow(BaseTrigger):  # type: ignore[misc]
    """So long from now. APScheduler's own interval counts from the last time instead, and steps
    through every one missed after the clock was set forward or the machine slept."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self.interval


class _Running:
    """The jobs under way, in tasks of our own: APScheduler cancels its own without waiting."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # A plain function would be called in a thread.
    async def begin(self, job: Job) -> None:
        if job.name not in self._tasks:
            task = asyncio.create_task(_carry_out(job), name=job.name)
            self._tasks[job.name] = task
            task.add_done_callback(lambda _: self._tasks.pop(job.name))

    async def end(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        _, left = await asyncio.wait(tasks, timeout=END_SECONDS)
        for task in left:
            logger.error("job did not end", extra={"job": task.get_name()})


async def _carry_out(job: Job) -> None:
    try:
        await job.work()
    except Exception:
        logger.exception("job failed", extra={"job": job.name})


async def _watch(scheduler: AsyncIOScheduler, clock: Clock, seconds: float) -> None:
    """Run at once what is due too far ahead: the clock was set back under it."""
    while goes_on():
        await asyncio.sleep(seconds)
        now = clock.now()
        for job in scheduler.get_jobs():
            if job.next_run_time > now + job.trigger.interval + SLACK:
                logger.warning("clock set back", extra={"job": job.id})
                job.modify(next_run_time=now)
