"""Work by the clock."""

from __future__ import annotations

import asyncio

from orchestrator_core.scheduler import Job, scheduled


async def test_a_job_runs_again_and_again_while_it_is_open() -> None:
    runs = asyncio.Semaphore(0)

    async def work() -> None:
        runs.release()

    async with asyncio.timeout(5), scheduled(Job(name="tick", every_seconds=0.01, work=work)):
        for _ in range(3):
            await runs.acquire()


async def test_a_job_that_fails_runs_again_and_a_slow_one_not_beside_itself() -> None:
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
