"""What every Jobs promises."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from orchestrator_core.ports import JobClaim, JobRun, Store
from tests.fakes.clock import NOON

MINUTE = timedelta(minutes=1)
TOKYO = timezone(timedelta(hours=9))


async def _plan(store: Store, due_at: datetime, name: str = "sweep") -> None:
    async with store.transaction() as records:
        await records.jobs.plan(name, due_at)


async def _run(store: Store, name: str = "sweep") -> JobRun | None:
    async with store.read() as records:
        return await records.jobs.get(name)


def _claim(runner: str = "a:1", *, now: datetime = NOON, name: str = "sweep") -> JobClaim:
    return JobClaim(
        name=name,
        runner=runner,
        now=now,
        due_by=now,
        until=now + 10 * MINUTE,
        longest=now + 11 * MINUTE,
    )


async def _take(store: Store, claim: JobClaim) -> bool:
    async with store.transaction() as records:
        return await records.jobs.claim(claim)


async def _finish(
    store: Store, claim: JobClaim, *, due_at: datetime, error: str | None = None
) -> bool:
    async with store.transaction() as records:
        return await records.jobs.finish(claim, now=claim.now, due_at=due_at, error=error)


async def test_a_job_nobody_planned_is_unknown_and_nobodys(store: Store) -> None:
    assert await _run(store) is None
    assert await _take(store, _claim()) is False


async def test_of_two_plans_the_earlier_counts(store: Store) -> None:
    for minutes in (5, 2, 7):
        await _plan(store, NOON + minutes * MINUTE)

    assert await _run(store) == JobRun(name="sweep", due_at=NOON + 2 * MINUTE)


async def test_plans_made_at_once_do_not_get_in_each_others_way(store: Store) -> None:
    await asyncio.gather(*(_plan(store, NOON + n * MINUTE) for n in range(6, 0, -1)))

    assert await _run(store) == JobRun(name="sweep", due_at=NOON + MINUTE)


async def test_a_run_is_taken_when_it_is_due_and_not_before(store: Store) -> None:
    await _plan(store, NOON)

    early = await _take(store, _claim(now=NOON - timedelta(microseconds=1)))
    due = await _take(store, _claim())

    assert (early, due) == (False, True)
    assert await _run(store) == JobRun(
        name="sweep", due_at=NOON, runner="a:1", running_until=NOON + 10 * MINUTE
    )


async def test_due_is_due_in_any_zone(store: Store) -> None:
    await _plan(store, NOON.astimezone(TOKYO))

    early = await _take(store, _claim(now=(NOON - MINUTE).astimezone(TOKYO)))
    due = await _take(store, _claim(now=(NOON + MINUTE).astimezone(TOKYO)))

    assert (early, due) == (False, True)


async def test_of_many_who_claim_a_run_at_once_one_gets_it(store: Store) -> None:
    await _plan(store, NOON)

    taken = await asyncio.gather(*(_take(store, _claim(f"a:{n}")) for n in range(8)))

    run = await _run(store)
    assert taken.count(True) == 1
    assert run is not None and run.runner == f"a:{taken.index(True)}"


async def test_a_runner_not_heard_of_in_time_is_replaced(store: Store) -> None:
    await _plan(store, NOON)
    dead = _claim("dead:1")
    await _take(store, dead)

    too_early = await _take(store, _claim(now=dead.until - timedelta(microseconds=1)))
    in_time = await _take(store, _claim(now=dead.until))

    assert (too_early, in_time) == (False, True)


async def test_of_many_who_replace_a_dead_runner_one_does(store: Store) -> None:
    await _plan(store, NOON)
    await _take(store, _claim("dead:1"))
    later = NOON + 10 * MINUTE

    taken = await asyncio.gather(*(_take(store, _claim(f"a:{n}", now=later)) for n in range(8)))

    assert taken.count(True) == 1


async def test_a_claim_longer_than_any_can_be_holds_nobody_up(store: Store) -> None:
    """It was made before the clock was set back."""
    await _plan(store, NOON - 10 * MINUTE)
    await _take(store, _claim("ahead:1"))

    by_skew = await _take(store, _claim(now=NOON - MINUTE))
    set_back = await _take(store, _claim(now=NOON - 2 * MINUTE))

    assert (by_skew, set_back) == (False, True)


async def test_a_finished_run_makes_way_for_the_next(store: Store) -> None:
    await _plan(store, NOON)
    claim = _claim()
    await _take(store, claim)

    assert await _finish(store, claim, due_at=NOON + MINUTE, error="OSError") is True
    assert await _run(store) == JobRun(
        name="sweep", due_at=NOON + MINUTE, finished_at=NOON, last_error="OSError"
    )
    assert await _take(store, _claim()) is False
    assert await _take(store, _claim(now=NOON + MINUTE)) is True


async def test_a_run_that_succeeds_takes_away_the_last_error(store: Store) -> None:
    await _plan(store, NOON)
    for error in ("OSError", None):
        await _take(store, _claim())
        await _finish(store, _claim(), due_at=NOON, error=error)

    run = await _run(store)
    assert run is not None and run.last_error is None


async def test_who_was_replaced_finishes_and_releases_nothing(store: Store) -> None:
    """Also when it is the same process that replaced itself."""
    await _plan(store, NOON)
    late, current = _claim(), _claim(now=NOON + 10 * MINUTE)
    await _take(store, late)
    await _take(store, current)

    finished = await _finish(store, late, due_at=NOON + 60 * MINUTE)
    async with store.transaction() as records:
        await records.jobs.release(late)

    assert finished is False
    assert await _run(store) == JobRun(
        name="sweep", due_at=NOON, runner="a:1", running_until=current.until
    )


async def test_a_released_run_is_due_as_before(store: Store) -> None:
    await _plan(store, NOON)
    claim = _claim()
    await _take(store, claim)

    async with store.transaction() as records:
        await records.jobs.release(claim)

    assert await _run(store) == JobRun(name="sweep", due_at=NOON)
    assert await _take(store, _claim("b:2")) is True


async def test_jobs_do_not_get_in_each_others_way(store: Store) -> None:
    for name in ("sweep", "quota"):
        await _plan(store, NOON, name)

    taken = [await _take(store, _claim(name=name)) for name in ("sweep", "quota")]

    assert taken == [True, True]


async def test_a_claim_that_was_rolled_back_was_not_made(store: Store) -> None:
    await _plan(store, NOON)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.jobs.claim(_claim("a:1"))
            raise ZeroDivisionError

    assert await _take(store, _claim("b:2")) is True
