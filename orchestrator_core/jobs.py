"""Jobs that one process does for all: which there are, who does a run that is due, and when the
next one is.

The leader does them. As nobody can be sure to be the only leader, and there may be none, every
run is claimed in the database first. Knows nothing of how the work is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from orchestrator_core.ports import Clock, JobClaim, JobRun, Leader, Metrics, Store
from orchestrator_core.scheduler import SLACK, Daily, Every, Job, When, next_time

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

LOOK_SECONDS = 10.0
SWEEP_SECONDS = 30.0
QUOTA_SECONDS = 3600.0
#: A run overdue for so long is anybody's: the leader seems to be one in name only.
LEADERLESS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedJob:
    name: str
    when: When
    work: Work
    #: A run that takes longer is ended; one not heard of for so long is done by another.
    at_most: timedelta = timedelta(minutes=10)
    #: What it finds out is kept in the process alone, so whoever leads begins with a run.
    at_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """What is to be done, by the name of its job."""

    sweep: Work
    quota: Work
    retention: Work
    checks: Work

    def by_the_clock(self, *, hour: int, zone: ZoneInfo) -> tuple[SharedJob, ...]:
        """The jobs; `hour` is that of the daily ones."""
        return (
            SharedJob(
                name="sweep",
                when=Every(seconds=SWEEP_SECONDS),
                work=self.sweep,
                at_most=timedelta(minutes=2),
            ),
            SharedJob(
                name="quota", when=Every(seconds=QUOTA_SECONDS), work=self.quota, at_start=True
            ),
            SharedJob(
                name="retention",
                when=Daily(hour=hour, zone=zone),
                work=self.retention,
                at_most=timedelta(hours=1),
            ),
            SharedJob(
                name="checks",
                when=Daily(hour=hour, minute=30, zone=zone),
                work=self.checks,
                at_start=True,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedJobs:
    store: Store
    leader: Leader
    clock: Clock
    metrics: Metrics
    #: The process's own id.
    runner: str
    #: Of those with `at_start` the ones this process has begun with.
    _started: set[str] = field(default_factory=set)

    def looks(self, *jobs: SharedJob) -> tuple[Job, ...]:
        """For `scheduled`: each process looks again and again whether a run is its to do."""
        return tuple(
            Job(name=job.name, every_seconds=LOOK_SECONDS, work=partial(self.look, job))
            for job in jobs
        )

    async def look(self, job: SharedJob) -> None:
        """Do the run if it is due, however long ago, and if nobody else does."""
        leads = await self.leader.is_leader()
        now = self.clock.now()
        run = await self._planned(job, now, leads=leads)
        claim = JobClaim(
            name=job.name,
            runner=self.runner,
            now=now,
            due_by=now if leads else now - LEADERLESS,
            until=now + job.at_most,
            longest=now + job.at_most + SLACK,
        )
        if run.due_at > claim.due_by or not await self._claimed(claim):
            return
        if not leads:
            logger.warning("job left undone by leader", extra={"job": job.name})
        await self._carry_out(job, claim, run)

    async def _planned(self, job: SharedJob, now: datetime, *, leads: bool) -> JobRun:
        """The run as stored, due no later than the clock and the schedule say today."""
        latest = next_time(job.when, now)
        if leads and job.at_start and job.name not in self._started:
            self._started.add(job.name)
            latest = now
        async with self.store.read() as records:
            run = await records.jobs.get(job.name)
        slack = timedelta() if latest == now else SLACK
        if run is not None and run.due_at <= latest + slack:
            return run
        # Unknown so far, or planned by another schedule, or before the clock was set back.
        async with self.store.transaction() as records:
            await records.jobs.plan(job.name, latest)
        return JobRun(name=job.name, due_at=latest)

    async def _claimed(self, claim: JobClaim) -> bool:
        async with self.store.transaction() as records:
            return await records.jobs.claim(claim)

    async def _carry_out(self, job: SharedJob, claim: JobClaim, run: JobRun) -> None:
        try:
            error = await _outcome(job)
        except asyncio.CancelledError:
            # The process ends. Whoever comes next need not wait until the claim has run out.
            async with self.store.transaction() as records:
                await records.jobs.release(claim)
            raise
        self.metrics.count("jobs", job=job.name, outcome="failed" if error else "done")
        now = self.clock.now()
        due_at = next_time(job.when, now)
        async with self.store.transaction() as records:
            ours = await records.jobs.finish(claim, now=now, due_at=due_at, error=error)
        if not ours:
            logger.warning("job taken over", extra={"job": job.name})
        late = claim.now - run.due_at
        logger.debug("job done", extra={"job": job.name, "late_seconds": late.total_seconds()})


async def _outcome(job: SharedJob) -> str | None:
    """What it failed with, None if it did not."""
    try:
        async with asyncio.timeout(job.at_most.total_seconds()):
            await job.work()
    except Exception as error:
        logger.exception("job failed", extra={"job": job.name})
        return type(error).__name__
    return None
