"""Prompts that are asked by the clock: made, paused, resumed, deleted, and asked when due.

Each function of the desk works inside the caller's transaction. Locks in the order of all:
person, schedule, session, turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator_core.cron import CronError, parse_cron
from orchestrator_core.errors import PersonError
from orchestrator_core.model import (
    AuditAction,
    AuditEntry,
    NewSchedule,
    Schedule,
    ScheduleState,
    Timing,
)
from orchestrator_core.ports import Records
from orchestrator_core.scheduler import next_of_cron

#: One person's, or those made over the API.
MOST = 20
#: How close together times may be: each is a prompt that costs something.
LEAST_MINUTES = 5
MOST_CHARACTERS = 10_000


def first_time(timing: Timing, now: datetime) -> datetime | None:
    """The next one after now; None: there is none. Raises PersonError for what is no cron
    expression, or comes too often."""
    if timing.cron is None:
        return timing.at if timing.at and timing.at > now else None
    try:
        cron = parse_cron(timing.cron)
    except CronError:
        raise PersonError("schedule.bad_cron", text=timing.cron) from None
    if cron.shortest_minutes < LEAST_MINUTES:
        raise PersonError("schedule.too_often", minutes=LEAST_MINUTES)
    return next_of_cron(cron, ZoneInfo(timing.zone), now)


def shown_time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class ScheduleDesk:
    #: Of those who have not named theirs.
    zone: ZoneInfo

    def zone_of(self, name: str | None) -> ZoneInfo:
        return ZoneInfo(name) if name else self.zone

    async def add(self, records: Records, new: NewSchedule, *, actor: str) -> Schedule:
        """Raises PersonError when the person has as many as they may have."""
        if not new.prompt:
            raise PersonError("schedule.no_prompt", said=new.said)
        if len(new.prompt) > MOST_CHARACTERS:
            raise PersonError("prompt.too_long", most=MOST_CHARACTERS)
        theirs = await records.schedules.of_person(new.person_id, limit=MOST)
        if len(theirs) >= MOST:
            raise PersonError("schedule.too_many", most=MOST)
        added = await records.schedules.add(new)
        await note(records, added, AuditAction.SCHEDULE_ADD, actor=actor, now=new.created_at)
        return added

    async def pause(
        self, records: Records, schedule: Schedule, *, actor: str, now: datetime
    ) -> Schedule:
        """`schedule` is locked, as below."""
        if schedule.state is not ScheduleState.ACTIVE:
            return schedule
        paused = replace(schedule, state=ScheduleState.PAUSED, next_at=None)
        await records.schedules.save(paused)
        await note(records, paused, AuditAction.SCHEDULE_PAUSE, actor=actor, now=now)
        return paused

    async def resume(
        self, records: Records, schedule: Schedule, *, actor: str, now: datetime
    ) -> Schedule:
        """From now on: what was missed meanwhile stays so. Raises PersonError when its time has
        gone by."""
        if schedule.state is ScheduleState.ACTIVE:
            return schedule
        next_at = first_time(schedule.timing, now)
        if next_at is None:
            raise PersonError("schedule.gone_by", id=schedule.id)
        resumed = replace(schedule, state=ScheduleState.ACTIVE, next_at=next_at)
        await records.schedules.save(resumed)
        await note(records, resumed, AuditAction.SCHEDULE_RESUME, actor=actor, now=now)
        return resumed

    async def delete(
        self, records: Records, schedule: Schedule, *, actor: str, now: datetime
    ) -> None:
        await records.schedules.delete(schedule.id)
        await note(records, schedule, AuditAction.SCHEDULE_DELETE, actor=actor, now=now)


async def note(
    records: Records, schedule: Schedule, action: AuditAction, *, actor: str, now: datetime
) -> None:
    entry = AuditEntry(
        actor=actor,
        action=action,
        detail={"schedule_id": schedule.id},
        created_at=now,
        session_id=schedule.session_id,
    )
    await records.audit.add(entry)
