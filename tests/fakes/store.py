"""The store in memory: one transaction at a time, on a copy that is thrown away if it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from orchestrator_core.model import AuditEntry, CostEntry, InboxEvent, NewInboxEvent
from orchestrator_core.ports import Records, Topic, Wakeups
from tests.fakes.deliveries import FakeDeliveries
from tests.fakes.jobs import FakeJobs, FakeOldRows
from tests.fakes.mail_and_books import FakeApprovals, FakeAudit
from tests.fakes.menus import FakeMenus
from tests.fakes.money import FakeCosts, FakeRaises
from tests.fakes.pairings import FakePairings
from tests.fakes.quotas import FakeQuotas
from tests.fakes.records import (
    FakeBindings,
    FakeInbox,
    FakePeople,
    FakeSessionLog,
    FakeSessions,
)
from tests.fakes.schedules import FakeSchedules
from tests.fakes.sent_messages import FakeSentMessages
from tests.fakes.state import FakeState, next_id
from tests.fakes.turns import FakeLeases, FakeTurns
from tests.fakes.uploads import FakeMadeFiles, FakeUploads
from tests.fakes.withdrawals import FakeWithdrawals


class FakeStore:
    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups
        self._state = FakeState()
        self._one_at_a_time = asyncio.Lock()
        self._busy: asyncio.Task[Any] | None = None
        #: Set to make every transaction and `ping` raise it, as when the database is away.
        self.error: Exception | None = None

    @property
    def audit_entries(self) -> list[AuditEntry]:
        return list(self._state.audit)

    @property
    def cost_entries(self) -> list[CostEntry]:
        return list(self._state.costs)

    @property
    def inbox_events(self) -> list[InboxEvent]:
        """Handled or not, as they arrived."""
        return list(self._state.inbox.values())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Records]:
        if self._busy is asyncio.current_task():
            raise RuntimeError("this task is in a transaction already")
        rung: dict[tuple[Topic, str | None], None] = {}
        async with self._one_at_a_time:
            if self.error is not None:
                raise self.error
            await _let_others_run()
            copy = _copy_of(self._state)
            self._busy = asyncio.current_task()
            try:
                yield _records(lambda: copy, lambda topic, key: rung.setdefault((topic, key)))
            finally:
                self._busy = None
            self._state = copy
        for topic, key in rung:
            self._wakeups.ring(topic, key)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        await _let_others_run()
        # A copy each time: what is written outside a transaction is not kept.
        yield _records(lambda: _copy_of(self._state), self._wakeups.ring)

    async def ping(self) -> None:
        if self.error is not None:
            raise self.error

    async def take_in(self, events: Sequence[NewInboxEvent]) -> None:
        """What the inbox writer does."""
        async with self._one_at_a_time:
            inbox = dict(self._state.inbox)
            for event in events:
                if event.webhook_event_id not in {one.webhook_event_id for one in inbox.values()}:
                    inbox[next_id(inbox)] = _stored(event, next_id(inbox))
            self._state = replace(self._state, inbox=inbox)


@dataclass(frozen=True)
class FakeRecords:
    inbox: FakeInbox
    people: FakePeople
    pairings: FakePairings
    bindings: FakeBindings
    sessions: FakeSessions
    turns: FakeTurns
    leases: FakeLeases
    withdrawals: FakeWithdrawals
    log: FakeSessionLog
    deliveries: FakeDeliveries
    approvals: FakeApprovals
    costs: FakeCosts
    raises: FakeRaises
    audit: FakeAudit
    jobs: FakeJobs
    schedules: FakeSchedules
    quotas: FakeQuotas
    uploads: FakeUploads
    made_files: FakeMadeFiles
    sent_messages: FakeSentMessages
    menus: FakeMenus
    old_rows: FakeOldRows
    ring: Callable[[Topic, str | None], None]

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        yield

    def wake(self, topic: Topic, key: str | None = None) -> None:
        self.ring(topic, key)


def _records(
    state: Callable[[], FakeState], ring: Callable[[Topic, str | None], None]
) -> FakeRecords:
    return FakeRecords(
        inbox=FakeInbox(state),
        people=FakePeople(state),
        pairings=FakePairings(state),
        bindings=FakeBindings(state),
        sessions=FakeSessions(state),
        turns=FakeTurns(state),
        leases=FakeLeases(state),
        withdrawals=FakeWithdrawals(state),
        log=FakeSessionLog(state),
        deliveries=FakeDeliveries(state),
        approvals=FakeApprovals(state),
        costs=FakeCosts(state),
        raises=FakeRaises(state),
        audit=FakeAudit(state),
        jobs=FakeJobs(state),
        schedules=FakeSchedules(state),
        quotas=FakeQuotas(state),
        uploads=FakeUploads(state),
        made_files=FakeMadeFiles(state),
        sent_messages=FakeSentMessages(state),
        menus=FakeMenus(state),
        old_rows=FakeOldRows(state),
        ring=ring,
    )


async def _let_others_run() -> None:
    """As a real database does: whoever asks it in a loop must not have the process to himself."""
    await asyncio.sleep(0)


def _copy_of(state: FakeState) -> FakeState:
    return FakeState(**{one.name: getattr(state, one.name).copy() for one in fields(state)})


def _stored(event: NewInboxEvent, event_id: int) -> InboxEvent:
    return InboxEvent(
        id=event_id,
        webhook_event_id=event.webhook_event_id,
        chat_id=event.chat_id,
        timestamp_ms=event.timestamp_ms,
        payload=event.payload,
        state=event.state,
        received_at=event.received_at,
        message_id=event.message_id,
    )
