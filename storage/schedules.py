"""Prompts that are asked by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import NewSchedule, Schedule, ScheduleState, Timing
from storage import columns
from storage import models as rows
from storage.sql import fetch, find, find_one, insert, update

_DUE = "WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2"
_REVOKE = """
    UPDATE schedule SET state = 'revoked', next_at = NULL
    WHERE person_id = $1 AND state IN ('active', 'paused')"""
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SqlSchedules:
    db: BaseDBAsyncClient

    async def add(self, schedule: NewSchedule) -> Schedule:
        row_id = await insert(
            self.db,
            rows.Schedule,
            session_id=schedule.session_id,
            prompt=columns.text(schedule.prompt),
            said=columns.text(schedule.said),
            cron=schedule.timing.cron,
            once_at=schedule.timing.at,
            zone=schedule.timing.zone,
            created_at=schedule.created_at,
            next_at=schedule.next_at,
            person_id=schedule.person_id,
            message_id=schedule.message_id,
            state=ScheduleState.ACTIVE.value,
            **columns.chat_columns(schedule.chat),
        )
        (added,) = await find(self.db, rows.Schedule, "WHERE id = $1", row_id)
        return _schedule(added)

    async def get(self, schedule_id: int) -> Schedule | None:
        row = await find_one(self.db, rows.Schedule, "WHERE id = $1", schedule_id)
        return _schedule(row) if row else None

    async def lock(self, schedule_id: int) -> Schedule | None:
        row = await find_one(self.db, rows.Schedule, "WHERE id = $1", schedule_id, lock=True)
        return _schedule(row) if row else None

    async def save(self, schedule: Schedule) -> None:
        await update(
            self.db,
            rows.Schedule,
            schedule.id,
            state=schedule.state.value,
            next_at=schedule.next_at,
            last_at=schedule.last_at,
            last_turn_id=schedule.last_turn_id,
            skipped_at=schedule.skipped_at,
        )

    async def delete(self, schedule_id: int) -> None:
        await fetch(self.db, "DELETE FROM schedule WHERE id = $1", schedule_id)

    async def due(self, now: datetime, *, limit: int) -> list[Schedule]:
        return [_schedule(row) for row in await find(self.db, rows.Schedule, _DUE, now, limit)]

    async def of_person(self, person_id: str | None, *, limit: int) -> list[Schedule]:
        if person_id is None:
            rest = "WHERE person_id IS NULL ORDER BY id LIMIT $1"
            found = await find(self.db, rows.Schedule, rest, limit)
        else:
            rest = "WHERE person_id = $1 ORDER BY id LIMIT $2"
            found = await find(self.db, rows.Schedule, rest, person_id, limit)
        return [_schedule(row) for row in found]

    async def page(self, *, limit: int, before_id: int | None = None) -> list[Schedule]:
        below = _LAST_ID if before_id is None else before_id
        rest = "WHERE id < $1 ORDER BY id DESC LIMIT $2"
        return [_schedule(row) for row in await find(self.db, rows.Schedule, rest, below, limit)]

    async def revoke(self, person_id: str) -> None:
        await fetch(self.db, _REVOKE, person_id)

    async def delete_of_message(self, chat_id: str, message_id: str) -> None:
        sql = "DELETE FROM schedule WHERE message_id = $1 AND chat_id = $2"
        await fetch(self.db, sql, message_id, chat_id)


def _schedule(row: rows.Schedule) -> Schedule:
    return Schedule(
        id=row.id,
        session_id=row.session_id,
        prompt=row.prompt,
        said=row.said,
        timing=Timing(cron=row.cron, at=row.once_at, zone=row.zone),
        created_at=row.created_at,
        chat=columns.chat_of(row.chat_id, row.chat_kind),
        person_id=row.person_id,
        message_id=row.message_id,
        state=ScheduleState(row.state),
        next_at=row.next_at,
        last_at=row.last_at,
        last_turn_id=row.last_turn_id,
        skipped_at=row.skipped_at,
    )
