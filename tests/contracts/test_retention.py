"""What every OldRows promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orchestrator_core.model import (
    OPEN_TURN_STATES,
    ApprovalState,
    AuditAction,
    AuditEntry,
    DeliveryState,
    EventKind,
    InboxState,
    NewApproval,
    TurnState,
)
from orchestrator_core.ports import OVER, Kept, Records, Store
from storage.inbox_writer import SqlInboxWriter
from storage.store import SqlStore
from tests.fakes.clock import NOON
from tests.fakes.store import FakeStore
from tests.samples import a_delivery, a_turn, add_session, an_event

DAY = timedelta(days=1)
OLD = NOON - 30 * DAY
SECOND = timedelta(seconds=1)


async def _delete(store: Store, kept: Kept, *, before: datetime = NOON, limit: int = 100) -> int:
    async with store.transaction() as records:
        return await records.old_rows.delete(kept, before=before, limit=limit)


async def _add_delivery(records: Records, state: DeliveryState, at: datetime) -> int:
    added = await records.deliveries.add(a_delivery(now=at))
    await records.deliveries.save(replace(added, state=state))
    return added.id


async def _add_approval(records: Records, state: ApprovalState, at: datetime) -> int:
    asked = NewApproval(
        turn_id=1,
        session_id="a" * 32,
        nonce="n",
        tool="Bash",
        tool_input={},
        person_id="U1",
        created_at=at,
        expires_at=at + DAY,
    )
    added = await records.approvals.add(asked)
    await records.approvals.save(replace(added, state=state))
    return added.id


async def _add_event(records: Records, state: TurnState, at: datetime) -> str:
    session = await add_session(records)
    turn, _ = await records.turns.enqueue(replace(a_turn(session), created_at=at))
    await records.turns.save(replace(turn, state=state))
    return session.id


async def _store_inbox(store: Store, *events: tuple[InboxState, datetime]) -> None:
    made = [replace(an_event(state=state), received_at=at) for state, at in events]
    if isinstance(store, FakeStore):
        await store.take_in(made)
    else:
        assert isinstance(store, SqlStore)
        await SqlInboxWriter(store).store(made)


@pytest.mark.parametrize("state", DeliveryState)
async def test_a_delivery_is_deleted_once_it_is_over_and_old(
    store: Store, state: DeliveryState
) -> None:
    async with store.transaction() as records:
        await _add_delivery(records, state, OLD - SECOND)
        young = await _add_delivery(records, state, OLD)

    deleted = await _delete(store, Kept.DELIVERIES, before=OLD)

    is_over = state in OVER[Kept.DELIVERIES]
    async with store.read() as records:
        left = await records.deliveries.page([state], limit=10)
    assert deleted == int(is_over)
    assert [one.id for one in left][-1 if is_over else 0] == young
    assert len(left) == 2 - deleted


@pytest.mark.parametrize("state", ApprovalState)
async def test_an_approval_is_deleted_once_it_is_decided_and_old(
    store: Store, state: ApprovalState
) -> None:
    async with store.transaction() as records:
        await _add_approval(records, state, OLD - SECOND)
        young = await _add_approval(records, state, OLD)

    deleted = await _delete(store, Kept.APPROVALS, before=OLD)

    assert deleted == int(state not in {ApprovalState.PENDING, ApprovalState.DENYING})
    async with store.read() as records:
        assert (await records.approvals.get(young)).state is state


@pytest.mark.parametrize("state", InboxState)
async def test_a_webhook_event_is_deleted_once_it_is_over_and_old(
    store: Store, state: InboxState
) -> None:
    await _store_inbox(store, (state, OLD - SECOND), (state, OLD))

    deleted = [await _delete(store, Kept.INBOX, before=OLD) for _ in range(2)]

    assert deleted == [int(state is not InboxState.NEW), 0]


@pytest.mark.parametrize("state", TurnState)
async def test_an_event_is_deleted_once_it_is_old_unless_its_turn_is_open(
    store: Store, state: TurnState
) -> None:
    async with store.transaction() as records:
        session_id = await _add_event(records, state, OLD - SECOND)
        for at in (OLD - SECOND, OLD):
            await records.log.append(
                session_id=session_id,
                turn_id=None,
                kind=EventKind.SESSION_STOPPED,
                data={},
                now=at,
            )

    deleted = await _delete(store, Kept.EVENTS, before=OLD)

    async with store.read() as records:
        left = await records.log.after(session_id, 0, 10)
    assert deleted == (1 if state in OPEN_TURN_STATES else 2)
    assert [event.created_at for event in left][-1] == OLD
    assert len(left) == 3 - deleted


async def test_audit_entries_are_deleted_once_they_are_old(store: Store) -> None:
    async with store.transaction() as records:
        for at in (OLD - SECOND, OLD):
            entry = AuditEntry(
                actor="U1", action=AuditAction.SESSION_STOP, detail={}, created_at=at
            )
            await records.audit.add(entry)

    assert [await _delete(store, Kept.AUDIT, before=OLD) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("kept", [Kept.DELIVERIES, Kept.APPROVALS, Kept.AUDIT, Kept.EVENTS])
async def test_no_more_than_asked_for_is_deleted_and_the_next_time_the_rest(
    store: Store, kept: Kept
) -> None:
    async with store.transaction() as records:
        for hours in range(5):
            at = OLD + timedelta(hours=hours)
            await _add_delivery(records, DeliveryState.SENT, at)
            await _add_approval(records, ApprovalState.DENIED, at)
            entry = AuditEntry(
                actor="U1", action=AuditAction.SESSION_STOP, detail={}, created_at=at
            )
            await records.audit.add(entry)
            await _add_event(records, TurnState.DONE, at)

    assert [await _delete(store, kept, limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_what_is_open_never_keeps_older_things_from_being_deleted(store: Store) -> None:
    async with store.transaction() as records:
        for _ in range(3):
            await _add_delivery(records, DeliveryState.HELD, OLD)
            await _add_approval(records, ApprovalState.PENDING, OLD)
            await _add_event(records, TurnState.QUEUED, OLD)
        await _add_delivery(records, DeliveryState.SENT, OLD + DAY)
        await _add_approval(records, ApprovalState.ALLOWED, OLD + DAY)
        await _add_event(records, TurnState.DONE, OLD + DAY)

    for kept in (Kept.DELIVERIES, Kept.APPROVALS, Kept.EVENTS):
        assert [await _delete(store, kept, limit=2) for _ in range(2)] == [1, 0]


async def test_events_after_a_deletion_have_greater_ids_than_before(store: Store) -> None:
    """A reader goes on after the last id it saw."""
    async with store.transaction() as records:
        session_id = await _add_event(records, TurnState.DONE, OLD)
        await records.log.append(
            session_id=session_id, turn_id=None, kind=EventKind.TEXT, data={}, now=NOON
        )
        seen = (await records.log.after(session_id, 0, 10))[-1]
    await _delete(store, Kept.EVENTS)
    async with store.transaction() as records:
        await records.log.append(
            session_id=session_id, turn_id=None, kind=EventKind.TEXT, data={"n": 2}, now=NOON
        )

    async with store.read() as records:
        assert [one.data for one in await records.log.after(session_id, seen.id, 10)] == [{"n": 2}]


async def test_prompts_and_answers_stay(store: Store) -> None:
    async with store.transaction() as records:
        session_id = await _add_event(records, TurnState.DONE, OLD)
    for kept in Kept:
        await _delete(store, kept, before=NOON + 1000 * DAY)

    async with store.read() as records:
        assert [one.text for one in await records.log.messages(session_id)] == ["hello"]
