"""What is deleted once it was kept long enough, and how gently."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orchestrator_core.model import (
    AuditAction,
    AuditEntry,
    DeliveryState,
    InboxEvent,
    InboxState,
    NewInboxEvent,
)
from orchestrator_core.ports import Kept
from orchestrator_core.retention import BATCH, Retention
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.samples import a_delivery, an_event

DAY = timedelta(days=1)


class FewTranscripts:
    """So many old conversations."""

    def __init__(self, old: int) -> None:
        self.old = old
        self.asked: set[datetime] = set()

    async def delete_before(self, moment: datetime, *, limit: int) -> int:
        self.asked.add(moment)
        deleted = min(self.old, limit)
        self.old -= deleted
        return deleted


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(FakeWakeups())


def retention(store: FakeStore, days: int = 30, *, old_transcripts: int = 0) -> Retention:
    return Retention(
        store=store,
        clock=FakeClock(),
        keep=dict.fromkeys(Kept, days * DAY),
        transcripts=FewTranscripts(old_transcripts),
        keep_transcripts=90 * DAY,
    )


def received(at: datetime) -> NewInboxEvent:
    return replace(an_event(state=InboxState.DONE), received_at=at)


async def decide(store: FakeStore, *moments: datetime) -> None:
    async with store.transaction() as records:
        for at in moments:
            entry = AuditEntry(
                actor="U1", action=AuditAction.SESSION_STOP, detail={}, created_at=at
            )
            await records.audit.add(entry)


async def send(store: FakeStore, at: datetime) -> None:
    async with store.transaction() as records:
        added = await records.deliveries.add(a_delivery(now=at))
        await records.deliveries.save(replace(added, state=DeliveryState.SENT))


async def test_what_is_old_goes_and_what_is_not_stays(store: FakeStore) -> None:
    young = NOON - 30 * DAY
    await decide(store, young - DAY, young)

    await retention(store).run()

    assert [entry.created_at for entry in store.audit_entries] == [young]


async def test_however_much_is_old_all_of_it_goes_a_batch_at_a_time(
    store: FakeStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="orchestrator_core")
    await decide(store, *[NOON - 31 * DAY] * (2 * BATCH + 1))

    await retention(store).run()

    assert store.audit_entries == []
    [told] = [vars(record) for record in caplog.records]
    assert (told["message"], told["what"], told["count"]) == (
        "old rows deleted",
        "audit",
        2 * BATCH + 1,
    )


async def test_writers_get_their_turn_between_two_batches(store: FakeStore) -> None:
    await decide(store, *[NOON - 31 * DAY] * (3 * BATCH))
    deleting = asyncio.create_task(retention(store).run())
    left = []
    while not deleting.done():
        await decide(store, NOON)
        left.append(len(store.audit_entries))

    assert len([count for count in left if count > BATCH]) >= 2
    await deleting


async def test_ended_half_way_it_goes_on_the_next_time(store: FakeStore) -> None:
    await decide(store, *[NOON - 31 * DAY] * (3 * BATCH))
    deleting = asyncio.create_task(retention(store).run())
    while len(store.audit_entries) == 3 * BATCH:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)
    deleting.cancel()
    await asyncio.wait([deleting])
    half_way = len(store.audit_entries)

    await retention(store).run()

    assert 0 < half_way < 3 * BATCH
    assert store.audit_entries == []


async def test_an_event_is_known_for_a_week_whatever_was_configured(store: FakeStore) -> None:
    """LINE may send it again: it must not be acted on twice."""
    events = [received(NOON - days * DAY) for days in (8, 7, 2)]
    await store.take_in(events)

    await retention(store, days=1).run()

    kept: list[InboxEvent] = store.inbox_events
    assert [one.webhook_event_id for one in kept] == [one.webhook_event_id for one in events[1:]]


async def test_a_message_is_known_while_its_retry_key_counts(store: FakeStore) -> None:
    for days in (5, 4, 2):
        await send(store, NOON - days * DAY)

    await retention(store, days=1).run()

    async with store.read() as records:
        assert await records.deliveries.count(DeliveryState.SENT) == 2


async def test_conversations_nobody_went_on_with_are_forgotten(store: FakeStore) -> None:
    transcripts = FewTranscripts(old=101)
    tidy = Retention(
        store=store,
        clock=FakeClock(),
        keep={},
        transcripts=transcripts,
        keep_transcripts=90 * DAY,
    )

    await tidy.run()

    assert transcripts.old == 0
    assert transcripts.asked == {NOON - 90 * DAY}
