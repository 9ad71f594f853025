"""Prompts that are asked by the clock, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import NewSchedule, Schedule, ScheduleState
from tests.fakes.state import FakeTable, aware, save_fields

_CHANGES = ("state", "next_at", "last_at", "last_turn_id", "skipped_at")


class FakeSchedules(FakeTable):
    async def add(self, schedule: NewSchedule) -> Schedule:
        aware(schedule.created_at, schedule.next_at, schedule.timing.at)
        self.state.schedule_ids.append(len(self.state.schedule_ids) + 1)
        added = Schedule(
            id=self.state.schedule_ids[-1],
            session_id=schedule.session_id,
            prompt=schedule.prompt,
            said=schedule.said,
            timing=schedule.timing,
            created_at=schedule.created_at,
            chat=schedule.chat,
            person_id=schedule.person_id,
            message_id=schedule.message_id,
            next_at=schedule.next_at,
        )
        self.state.schedules[added.id] = added
        return added

    async def get(self, schedule_id: int) -> Schedule | None:
        return self.state.schedules.get(schedule_id)

    async def lock(self, schedule_id: int) -> Schedule | None:
        return self.state.schedules.get(schedule_id)

    async def save(self, schedule: Schedule) -> None:
        aware(schedule.next_at, schedule.last_at, schedule.skipped_at)
        save_fields(self.state.schedules, schedule.id, schedule, *_CHANGES)

    async def delete(self, schedule_id: int) -> None:
        self.state.schedules.pop(schedule_id, None)

    async def due(self, now: datetime, *, limit: int) -> list[Schedule]:
        aware(now)
        waiting = [(one.next_at, one.id, one) for one in self.state.schedules.values()]
        due = sorted((at, key, one) for at, key, one in waiting if at is not None and at <= now)
        return [one for _, _, one in due][:limit]

    async def of_person(self, person_id: str | None, *, limit: int) -> list[Schedule]:
        made = self.state.schedules.values()
        return [one for one in made if one.person_id == person_id][:limit]

    async def page(self, *, limit: int, before_id: int | None = None) -> list[Schedule]:
        newest_first = sorted(self.state.schedules.items(), reverse=True)
        return [one for key, one in newest_first if before_id is None or key < before_id][:limit]

    async def revoke(self, person_id: str) -> None:
        for one in [*self.state.schedules.values()]:
            if one.person_id == person_id and one.state in {
                ScheduleState.ACTIVE,
                ScheduleState.PAUSED,
            }:
                revoked = replace(one, state=ScheduleState.REVOKED, next_at=None)
                self.state.schedules[one.id] = revoked

    async def delete_of_message(self, chat_id: str, message_id: str) -> None:
        for one in [*self.state.schedules.values()]:
            if one.chat and (one.chat.id, one.message_id) == (chat_id, message_id):
                del self.state.schedules[one.id]
