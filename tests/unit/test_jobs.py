"""Who does a job that one process does for all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestrator_core.jobs import LEADERLESS, SharedJob, SharedJobs
from orchestrator_core.ports import JobRun
from orchestrator_core.scheduler import Daily, Every, When, scheduled
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MINUTELY = Every(seconds=60)
DAILY = Daily(hour=4, zone=ZoneInfo("Asia/Tokyo"))


@dataclass(slots=True)
class FakeLeader:
    leads: bool = True

    async def is_leader(self) -> bool:
        return self.leads


@dataclass(slots=True)
class Process:
    """One of several on the same store and clock."""

    jobs: SharedJobs
    leader: FakeLeader
    metrics: RecordingMetrics


@dataclass(slots=True)
class Place:
    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStore = field(default_factory=lambda: FakeStore(FakeWakeups()))
    #: The runs of the job so far.
    runs: int = 0
    #: What the next runs do besides.
    error: Exception | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_end.set()

    def process(self, runner: str = "a:1", *, leads: bool = True) -> Process:
        leader, metrics = FakeLeader(leads), RecordingMetrics()
        jobs = SharedJobs(
            store=self.store, leader=leader, clock=self.clock, metrics=metrics, runner=runner
        )
        return Process(jobs, leader, metrics)

    def job(self, when: When = MINUTELY, *, at_start: bool = False) -> SharedJob:
        return SharedJob(name="sweep", when=when, work=self._work, at_start=at_start)

    async def planned(self, process: Process, when: When = MINUTELY) -> SharedJob:
        """The job, after its first look."""
        job = self.job(when)
        await process.jobs.look(job)
        return job

    async def stored(self) -> JobRun:
        async with self.store.read() as records:
            run = await records.jobs.get("sweep")
        assert run is not None
        return run

    async def _work(self) -> None:
        self.runs += 1
        self.begun.set()
        await self.may_end.wait()
        if self.error:
            raise self.error


@pytest.fixture
def place() -> Place:
    return Place()


async def test_a_job_runs_when_it_is_due_and_is_then_due_again(place: Place) -> None:
    process = place.process()
    job = await place.planned(process)

    seen = []
    for _ in range(6):
        place.clock.advance(20 * SECOND)
        await process.jobs.look(job)
        seen.append(place.runs)

    assert seen == [0, 0, 1, 1, 1, 2]
    assert (await place.stored()).due_at == place.clock.now() + MINUTE
    assert process.metrics.times("jobs", job="sweep", outcome="done") == 2


@pytest.mark.parametrize(("when", "away"), [(MINUTELY, 400 * DAY), (DAILY, 30 * DAY)])
async def test_what_was_missed_while_down_runs_once(
    place: Place, when: When, away: timedelta
) -> None:
    await place.planned(place.process(), when)
    place.clock.advance(away)
    started = place.process("b:2")

    for _ in range(3):
        await started.jobs.look(place.job(when))

    assert place.runs == 1
    assert (await place.stored()).due_at > place.clock.now()


async def test_of_two_leaders_that_look_at_once_one_runs_it(place: Place) -> None:
    first, second = place.process("a:1"), place.process("b:2")
    job = await place.planned(first)
    place.clock.advance(MINUTE)

    await asyncio.gather(first.jobs.look(job), second.jobs.look(job))

    assert place.runs == 1


async def test_while_a_run_is_under_way_nobody_begins_it_again(place: Place) -> None:
    first, second = place.process("a:1"), place.process("b:2")
    job = await place.planned(first)
    place.clock.advance(MINUTE)
    place.may_end.clear()
    running = asyncio.create_task(first.jobs.look(job))
    await place.begun.wait()
    place.clock.advance(job.at_most - SECOND)
    await second.jobs.look(job)
    place.may_end.set()
    await running

    assert place.runs == 1
    assert (await place.stored()).runner is None


async def test_who_does_not_lead_runs_nothing(place: Place) -> None:
    leader, other = place.process("a:1"), place.process("b:2", leads=False)
    job = await place.planned(leader)
    place.clock.advance(MINUTE + LEADERLESS - SECOND)

    await other.jobs.look(job)

    assert place.runs == 0


async def test_what_a_leader_leaves_undone_is_done_by_another(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    other = place.process("b:2", leads=False)
    job = await place.planned(other)
    place.clock.advance(MINUTE + LEADERLESS)

    await other.jobs.look(job)

    assert place.runs == 1
    assert [record.message for record in caplog.records] == ["job left undone by leader"]


async def test_a_runner_that_died_is_replaced_and_finishes_nothing_any_more(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    paused, other = place.process("a:1"), place.process("b:2")
    job = await place.planned(paused)
    place.clock.advance(MINUTE)
    place.may_end.clear()
    running = asyncio.create_task(paused.jobs.look(job))
    await place.begun.wait()
    place.clock.advance(job.at_most)
    await other.jobs.look(replace(job, work=place.store.ping))
    after = await place.stored()
    place.may_end.set()
    await running

    assert after.finished_at == place.clock.now()
    assert await place.stored() == after
    assert "job taken over" in [record.message for record in caplog.records]


async def test_a_run_that_fails_is_told_once_and_waits_for_its_next_time(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    process = place.process()
    job = await place.planned(process)
    place.error = OSError("disk")
    place.clock.advance(MINUTE)

    for _ in range(2):
        await process.jobs.look(job)

    run = await place.stored()
    assert (place.runs, run.last_error) == (1, "OSError")
    assert run.due_at == place.clock.now() + MINUTE
    assert [record.message for record in caplog.records] == ["job failed"]
    assert process.metrics.times("jobs", job="sweep", outcome="failed") == 1


async def test_a_run_that_takes_too_long_is_ended(place: Place) -> None:
    process = place.process()
    job = replace(await place.planned(process), at_most=timedelta(milliseconds=1))
    place.clock.advance(MINUTE)
    place.may_end.clear()

    async with asyncio.timeout(5):
        await process.jobs.look(job)

    assert (await place.stored()).last_error == "TimeoutError"


async def test_a_process_that_ends_in_a_run_leaves_it_to_the_next_at_once(place: Place) -> None:
    process, next_one = place.process("a:1"), place.process("b:2")
    job = await place.planned(process)
    place.clock.advance(MINUTE)
    place.may_end.clear()
    async with scheduled(*process.jobs.looks(job)), asyncio.timeout(5):
        await place.begun.wait()
    place.may_end.set()

    await next_one.jobs.look(job)

    assert place.runs == 2
    assert (await place.stored()).last_error is None


async def test_a_clock_set_back_keeps_no_job_waiting(place: Place) -> None:
    """Neither one planned in what is the future now, nor one somebody seems to be doing."""
    place.clock.advance(400 * DAY)
    process = place.process()
    job = await place.planned(process)
    place.clock.advance(-400 * DAY)
    await process.jobs.look(job)

    assert (await place.stored()).due_at == place.clock.now() + MINUTE
    place.clock.advance(MINUTE)
    await process.jobs.look(job)
    assert place.runs == 1


async def test_another_hour_counts_from_the_next_day_on(place: Place) -> None:
    process = place.process()
    await place.planned(process, DAILY)
    earlier = Daily(hour=2, zone=DAILY.zone)

    await process.jobs.look(place.job(earlier))

    # NOON is nine in the evening in Tokyo.
    assert (await place.stored()).due_at == NOON + timedelta(hours=5)


async def test_what_a_process_must_find_out_for_itself_it_finds_out_at_its_start(
    place: Place,
) -> None:
    first, second = place.process("a:1"), place.process("b:2")
    job = place.job(at_start=True)
    for process in (first, first, second, second):
        await process.jobs.look(job)

    assert place.runs == 2


async def test_who_leads_only_later_begins_then(place: Place) -> None:
    process = place.process(leads=False)
    job = place.job(at_start=True)
    await process.jobs.look(job)
    before = place.runs
    process.leader.leads = True
    await process.jobs.look(job)

    assert (before, place.runs) == (0, 1)


async def test_while_the_database_is_away_nothing_is_done(place: Place) -> None:
    process = place.process()
    job = await place.planned(process)
    place.clock.advance(MINUTE)
    place.store.error = OSError("away")

    with pytest.raises(OSError, match="away"):
        await process.jobs.look(job)
    place.store.error = None
    await process.jobs.look(job)

    assert place.runs == 1
