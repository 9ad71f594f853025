"""Work by the clock, and the deletion of what is old, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from orchestrator_core.model import OPEN_TURN_STATES
from orchestrator_core.ports import OVER, JobClaim, JobRun, Kept
from tests.fakes.state import FakeTable, aware


class FakeJobs(FakeTable):
    async def get(self, name: str) -> JobRun | None:
        return self.state.jobs.get(name)

    async def plan(self, name: str, due_at: datetime) -> None:
        aware(due_at)
        run = self.state.jobs.get(name, JobRun(name=name, due_at=due_at))
        self.state.jobs[name] = replace(run, due_at=min(run.due_at, due_at))

    async def claim(self, claim: JobClaim) -> bool:
        aware(claim.now, claim.due_by, claim.until, claim.longest)
        run = self.state.jobs.get(claim.name)
        if run is None or run.due_at > claim.due_by:
            return False
        if run.running_until is not None and claim.now < run.running_until <= claim.longest:
            return False
        self.state.jobs[claim.name] = replace(run, runner=claim.runner, running_until=claim.until)
        return True

    async def finish(
        self, claim: JobClaim, *, now: datetime, due_at: datetime, error: str | None = None
    ) -> bool:
        aware(now, due_at)
        if not self._holds(claim):
            return False
        self.state.jobs[claim.name] = JobRun(
            name=claim.name, due_at=due_at, finished_at=now, last_error=error
        )
        return True

    async def release(self, claim: JobClaim) -> None:
        if self._holds(claim):
            run = self.state.jobs[claim.name]
            self.state.jobs[claim.name] = replace(run, runner=None, running_until=None)

    def _holds(self, claim: JobClaim) -> bool:
        run = self.state.jobs.get(claim.name)
        held_by = (run.runner, run.running_until) if run else None
        return held_by == (claim.runner, claim.until)


class FakeOldRows(FakeTable):
    async def delete(self, kept: Kept, *, before: datetime, limit: int) -> int:
        aware(before)
        state = self.state
        match kept:
            case Kept.EVENTS:
                return _delete_from(state.events, limit, lambda one: self._is_past(one, before))
            case Kept.AUDIT:
                return _delete_from(state.audit, limit, lambda one: one.created_at < before)
            case Kept.DELIVERIES:
                return _delete_over(state.deliveries, kept, before, limit)
            case Kept.INBOX:
                return _delete_over(state.inbox, kept, before, limit)
            case Kept.APPROVALS:
                return _delete_over(state.approvals, kept, before, limit)

    def _is_past(self, event: Any, before: datetime) -> bool:
        turn = self.state.turns.get(event.turn_id)
        is_open = turn is not None and turn.state in OPEN_TURN_STATES
        return event.created_at < before and not is_open


def _delete_from(rows: list[Any], limit: int, is_old: Callable[[Any], bool]) -> int:
    old = [row for row in rows if is_old(row)][:limit]
    for row in old:
        rows.remove(row)
    return len(old)


def _delete_over(table: dict[int, Any], kept: Kept, before: datetime, limit: int) -> int:
    old = [
        key
        for key, row in sorted(table.items())
        if row.state in OVER[kept] and _made_at(row) < before
    ][:limit]
    for key in old:
        del table[key]
    return len(old)


def _made_at(row: Any) -> datetime:
    made: datetime = row.received_at if hasattr(row, "received_at") else row.created_at
    return made
