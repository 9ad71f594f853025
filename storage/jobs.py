"""Work by the clock: when each job is due, and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.ports import JobClaim, JobRun
from storage import models as rows
from storage.sql import fetch

# In one statement, since two that plan it at once must not get in each other's way.
_PLAN = """
    INSERT INTO job_run (name, due_at) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at
    WHERE job_run.due_at > excluded.due_at"""
# Who comes second finds the row changed, on either database.
_CLAIM = """
    UPDATE job_run SET runner = $1, running_until = $2 WHERE name = $3 AND due_at <= $4
    AND (running_until IS NULL OR running_until <= $5 OR running_until > $6)
    RETURNING name"""
# The time tells apart two claims of the same runner.
_CLAIMED = "name = $1 AND runner = $2 AND running_until = $3"
_FINISH = f"""
    UPDATE job_run SET due_at = $4, finished_at = $5, last_error = $6,
    runner = NULL, running_until = NULL
    WHERE {_CLAIMED} RETURNING name"""  # noqa: S608 - fixed words
_RELEASE = f"UPDATE job_run SET runner = NULL, running_until = NULL WHERE {_CLAIMED}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SqlJobs:
    db: BaseDBAsyncClient

    async def get(self, name: str) -> JobRun | None:
        row = await rows.JobRun.filter(name=name).using_db(self.db).first()
        if row is None:
            return None
        return JobRun(
            name=row.name,
            due_at=row.due_at,
            runner=row.runner,
            running_until=row.running_until,
            finished_at=row.finished_at,
            last_error=row.last_error,
        )

    async def plan(self, name: str, due_at: datetime) -> None:
        await fetch(self.db, _PLAN, name, due_at)

    async def claim(self, claim: JobClaim) -> bool:
        values = (claim.runner, claim.until, claim.name, claim.due_by, claim.now, claim.longest)
        return bool(await fetch(self.db, _CLAIM, *values))

    async def finish(
        self, claim: JobClaim, *, now: datetime, due_at: datetime, error: str | None = None
    ) -> bool:
        values = (claim.name, claim.runner, claim.until, due_at, now, error)
        return bool(await fetch(self.db, _FINISH, *values))

    async def release(self, claim: JobClaim) -> None:
        await fetch(self.db, _RELEASE, claim.name, claim.runner, claim.until)
