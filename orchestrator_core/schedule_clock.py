"""Asks what schedules have to ask once their time has come, each time once.

Any number of processes may look at once: the schedule's row is locked and looked at again, the
next time is stored with the turn, and the turn's key names the time it was made for.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.model import (
    OPEN_TURN_STATES,
    AuditAction,
    Channel,
    Origin,
    Person,
    Schedule,
    ScheduleState,
    Session,
)
from orchestrator_core.ports import Clock, Leader, Metrics, Records, Store
from orchestrator_core.rights import Action, may
from orchestrator_core.scheduler import Job
from orchestrator_core.schedules import first_time, note

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
BATCH = 50
#: Due for so long it is anybody's: the leader seems to be one in name only.
LEADERLESS = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleClock:
    store: Store
    desk: SessionDesk
    gate: Gate
    leader: Leader
    clock: Clock
    metrics: Metrics

    @property
    def job(self) -> Job:
        return Job(name="schedules", every_seconds=LOOK_SECONDS, work=self.look)

    async def look(self) -> None:
        """Ask all that is due. What was missed, however often, is asked once."""
        now = self.clock.now()
        due_by = now if await self.leader.is_leader() else now - LEADERLESS
        async with self.store.read() as records:
            due = await records.schedules.due(due_by, limit=BATCH)
        for schedule in due:
            try:
                outcome = await self._take(schedule, now)
            except Exception:
                # The others are not to wait for it. It stays due.
                logger.exception("schedule failed", extra={"schedule_id": schedule.id})
                outcome = "failed"
            self.metrics.count("schedules", outcome=outcome)

    async def _take(self, known: Schedule, now: datetime) -> str:
        """What became of it."""
        async with self.store.transaction() as records:
            person = await records.people.lock(known.person_id) if known.person_id else None
            schedule = await records.schedules.lock(known.id)
            if schedule is None or schedule.next_at is None or schedule.next_at > now:
                return "taken"
            session = await records.sessions.lock(schedule.session_id)
            over = await self._over(records, schedule, person, session)
            if over is not None:
                await records.schedules.save(replace(schedule, state=over, next_at=None))
                actor = Channel.DENREI.value
                await note(records, schedule, AuditAction.SCHEDULE_STOP, actor=actor, now=now)
                return over.value
            if await _is_unanswered(records, schedule):
                await _go_on(records, replace(schedule, skipped_at=schedule.next_at), now)
                return "skipped"
            await self._ask(records, schedule, session, now)
            return "asked"

    async def _over(
        self, records: Records, schedule: Schedule, person: Person | None, session: Session
    ) -> ScheduleState | None:
        """Why it must not ask any more."""
        if schedule.person_id is not None:
            role = self.gate.role_of(schedule.person_id, person)
            allowed = may(role, Action.SCHEDULE) and person is not None
            if not allowed or not self._admitted(person, session):
                return ScheduleState.REVOKED
        if schedule.chat is not None:
            binding = await records.bindings.get(schedule.chat.id)
            if binding is not None and binding.left_at is not None:
                return ScheduleState.LEFT
        return None

    def _admitted(self, person: Person | None, session: Session) -> bool:
        if person is None:
            return False
        known = replace(person, role=self.gate.role_of(person.id, person))
        return self.desk.agents.admits(known, session.agent)

    async def _ask(
        self, records: Records, schedule: Schedule, session: Session, now: datetime
    ) -> None:
        # No caller of the API can name a key with a space.
        key = f"schedule {schedule.id} {schedule.next_at}"
        asked = await self.desk.ask(
            records,
            session,
            schedule.prompt,
            now=now,
            origin=_origin(schedule),
            idempotency_key=key,
        )
        done = replace(schedule, last_at=schedule.next_at, last_turn_id=asked.turn.id)
        actor = schedule.person_id or Channel.API.value
        await note(records, schedule, AuditAction.SCHEDULE_ASK, actor=actor, now=now)
        await _go_on(records, done, now)


async def _go_on(records: Records, schedule: Schedule, now: datetime) -> None:
    """To the next time; without one it is over."""
    next_at = first_time(schedule.timing, now)
    if next_at is None:
        await records.schedules.delete(schedule.id)
        return
    await records.schedules.save(replace(schedule, next_at=next_at))


async def _is_unanswered(records: Records, schedule: Schedule) -> bool:
    """What it asked before still waits or runs; another would only wait behind it."""
    if schedule.last_turn_id is None:
        return False
    last = await records.turns.lock(schedule.last_turn_id)
    return last.state in OPEN_TURN_STATES


def _origin(schedule: Schedule) -> Origin | None:
    if schedule.chat is None or schedule.person_id is None:
        return None
    return Origin(chat=schedule.chat, person_id=schedule.person_id, message_id=schedule.message_id)
