"""Work by the clock. The only file that knows APScheduler."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    name: str
    every_seconds: float
    work: Callable[[], Awaitable[None]]


@asynccontextmanager
async def scheduled(*jobs: Job) -> AsyncIterator[None]:
    """Run each job again and again while open. One that overruns is not started beside itself."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in jobs:
        scheduler.add_job(
            job.work,
            "interval",
            seconds=job.every_seconds,
            id=job.name,
            max_instances=1,
            coalesce=True,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
