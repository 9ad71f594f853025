"""What every InboxWriter and Inbox promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import InboxEvent, InboxState
from orchestrator_core.ports import InboxWriter, Store
from storage.inbox_writer import SqlInboxWriter
from storage.store import SqlStore
from tests.fakes.clock import NOON
from tests.fakes.inbox_writer import FakeInboxWriter
from tests.fakes.store import FakeStore
from tests.samples import an_event


@pytest.fixture
def writer(store: Store) -> InboxWriter:
    if isinstance(store, SqlStore):
        return SqlInboxWriter(store)
    assert isinstance(store, FakeStore)
    return FakeInboxWriter(store)


async def _new(store: Store, limit: int = 1000) -> list[InboxEvent]:
    async with store.read() as records:
        return await records.inbox.new(limit)


async def test_stored_events_are_new_oldest_first(store: Store, writer: InboxWriter) -> None:
    first, second = an_event("a" * 26), an_event("b" * 26, payload='{"x":"\\u0000水"}')
    await writer.store([first])
    await writer.store([second])

    events = await _new(store)
    assert [event.webhook_event_id for event in events] == ["a" * 26, "b" * 26]
    assert events[1] == InboxEvent(
        id=events[1].id,
        webhook_event_id=second.webhook_event_id,
        chat_id=second.chat_id,
        timestamp_ms=second.timestamp_ms,
        payload=second.payload,
        state=InboxState.NEW,
        received_at=second.received_at,
    )


async def test_events_of_one_call_are_kept_in_the_order_they_came(
    store: Store, writer: InboxWriter
) -> None:
    """Ids of one millisecond differ by chance only."""
    ids = ["d", "b", "e", "a", "c"]
    await writer.store([an_event(one) for one in ids])

    assert [event.webhook_event_id for event in await _new(store)] == ids


async def test_calls_that_wait_together_are_kept_in_the_order_they_came(
    store: Store, writer: InboxWriter
) -> None:
    await asyncio.gather(*(writer.store([an_event(one + "2"), an_event(one)]) for one in "cab"))

    assert [event.webhook_event_id for event in await _new(store)] == [
        *("c2", "c", "a2", "a", "b2", "b"),
    ]


async def test_no_more_are_given_than_asked_for(store: Store, writer: InboxWriter) -> None:
    await writer.store([an_event(str(n)) for n in range(5)])

    assert [event.webhook_event_id for event in await _new(store, 2)] == ["0", "1"]


async def test_an_event_already_stored_is_passed_over(store: Store, writer: InboxWriter) -> None:
    await writer.store([an_event("a"), an_event("a")])
    await writer.store([an_event("a"), an_event("b")])

    assert [event.webhook_event_id for event in await _new(store)] == ["a", "b"]


async def test_a_redelivery_leaves_the_first_one_as_it_is(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store([an_event("a", payload='{"n":1}')])
    (event,) = await _new(store)
    async with store.transaction() as records:
        await records.inbox.save(replace(event, state=InboxState.DONE))
    await writer.store([an_event("a", payload='{"n":2}')])

    async with store.read() as records:
        kept = await records.inbox.lock(event.id)
    assert kept.state is InboxState.DONE
    assert kept.payload == '{"n":1}'


async def test_storing_nothing_is_fine(store: Store, writer: InboxWriter) -> None:
    await writer.store([])

    assert await _new(store) == []


async def test_only_new_ones_are_given(store: Store, writer: InboxWriter) -> None:
    states = (InboxState.UNREADABLE, InboxState.IGNORED, InboxState.NEW)
    await writer.store([an_event(state.value, state=state) for state in states])

    assert [event.webhook_event_id for event in await _new(store)] == ["new"]


async def test_an_event_without_a_chat_is_kept(store: Store, writer: InboxWriter) -> None:
    await writer.store([replace(an_event(), chat_id=None)])

    assert [event.chat_id for event in await _new(store)] == [None]


async def test_many_callers_at_once_all_find_their_events_stored(
    store: Store, writer: InboxWriter
) -> None:
    ids = {f"event-{n:03}" for n in range(200)}
    await asyncio.gather(*(writer.store([an_event(one)]) for one in sorted(ids)))

    assert {event.webhook_event_id for event in await _new(store)} == ids


async def test_a_caller_who_goes_away_breaks_no_other(store: Store, writer: InboxWriter) -> None:
    calls = [asyncio.create_task(writer.store([an_event(f"e{n}")])) for n in range(20)]
    await asyncio.wait(calls, timeout=0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.wait(calls)
    await writer.store([an_event("later")])

    stored = {event.webhook_event_id for event in await _new(store)}
    assert {f"e{n}" for n in range(1, 20, 2)} | {"later"} <= stored
    assert all(call.exception() is None for call in calls[1::2])


async def test_a_locked_event_is_saved_with_its_failures(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store([an_event()])
    (event,) = await _new(store)
    async with store.transaction() as records:
        locked = await records.inbox.lock(event.id)
        await records.inbox.save(replace(locked, failures=2, state=InboxState.FAILED))

    async with store.read() as records:
        saved = await records.inbox.lock(event.id)
    assert (saved.failures, saved.state) == (2, InboxState.FAILED)
    assert await _new(store) == []


async def test_what_an_event_was_stored_with_stays(store: Store, writer: InboxWriter) -> None:
    await writer.store([an_event("a")])
    (event,) = await _new(store)
    other = replace(
        event,
        webhook_event_id="b",
        chat_id=None,
        timestamp_ms=0,
        payload="7",
        received_at=NOON + timedelta(days=1),
    )
    async with store.transaction() as records:
        await records.inbox.save(other)

    assert await _new(store) == [event]


async def test_an_unknown_event_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.inbox.lock(99)
