"""Which jobs there are, and when each is due."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from orchestrator_core.jobs import SharedJob, Works
from orchestrator_core.scheduler import next_time
from tests.fakes.clock import NOON


class Done:
    """Remembers what was done."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def sweep(self) -> None:
        self.names.append("sweep")

    async def quota(self) -> None:
        self.names.append("quota")

    async def retention(self) -> None:
        self.names.append("retention")

    async def checks(self) -> None:
        self.names.append("checks")


def jobs(done: Done) -> tuple[SharedJob, ...]:
    works = Works(sweep=done.sweep, quota=done.quota, retention=done.retention, checks=done.checks)
    return works.by_the_clock(hour=4, zone=ZoneInfo("Asia/Tokyo"))


async def test_each_job_does_the_work_of_its_name() -> None:
    done = Done()
    for job in jobs(done):
        await job.work()

    assert done.names == [job.name for job in jobs(done)]


def test_the_daily_ones_come_at_the_hour_of_the_zone_one_after_the_other() -> None:
    due = {job.name: next_time(job.when, NOON) - NOON for job in jobs(Done())}

    # NOON is nine in the evening in Tokyo.
    assert due == {
        "sweep": timedelta(seconds=30),
        "quota": timedelta(hours=1),
        "retention": timedelta(hours=7),
        "checks": timedelta(hours=7, minutes=30),
    }


def test_a_daily_run_whose_runner_died_is_done_by_another_the_same_day() -> None:
    daily = [job for job in jobs(Done()) if job.name in {"retention", "checks"}]

    assert [job.at_most for job in daily if job.at_most > timedelta(hours=1)] == []
