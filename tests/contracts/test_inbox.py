"""What every InboxWriter and Inbox promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import InboxEvent, InboxState
from orchestrator_core.ports import InboxWriter, Store
from tests.contracts.inboxes import event_at, events_of_message, new_events, writer_of
from tests.fakes.clock import NOON
from tests.samples import an_event


@pytest.fixture
def writer(store: Store) -> InboxWriter:
    return writer_of(store)


async def test_stored_events_are_new_oldest_first(store: Store, writer: InboxWriter) -> None:
    first = an_event("a" * 26)
    second = replace(an_event("b" * 26, payload='{"x":"\\u0000水"}'), message_id="m")
    await writer.store([first])
    await writer.store([second])

    events = await new_events(store)
    assert [event.webhook_event_id for event in events] == ["a" * 26, "b" * 26]
    assert events[1] == InboxEvent(
        id=events[1].id,
        webhook_event_id=second.webhook_event_id,
        chat_id=second.chat_id,
        timestamp_ms=second.timestamp_ms,
        payload=second.payload,
        state=InboxState.NEW,
        received_at=second.received_at,
        message_id="m",
    )


async def test_events_of_one_call_are_kept_in_the_order_they_came(
    store: Store, writer: InboxWriter
) -> None:
    """Ids of one millisecond differ by chance only."""
    ids = ["d", "b", "e", "a", "c"]
    await writer.store([an_event(one) for one in ids])

    assert [event.webhook_event_id for event in await new_events(store)] == ids


async def test_calls_that_wait_together_are_kept_in_the_order_they_came(
    store: Store, writer: InboxWriter
) -> None:
    await asyncio.gather(*(writer.store([an_event(one + "2"), an_event(one)]) for one in "cab"))

    assert [event.webhook_event_id for event in await new_events(store)] == [
        *("c2", "c", "a2", "a", "b2", "b"),
    ]


async def test_no_more_are_given_than_asked_for(store: Store, writer: InboxWriter) -> None:
    await writer.store([an_event(str(n)) for n in range(5)])

    assert [event.webhook_event_id for event in await new_events(store, 2)] == ["0", "1"]


async def test_an_event_already_stored_is_passed_over(store: Store, writer: InboxWriter) -> None:
    await writer.store([an_event("a"), an_event("a")])
    await writer.store([an_event("a"), an_event("b")])

    assert [event.webhook_event_id for event in await new_events(store)] == ["a", "b"]


async def test_a_redelivery_leaves_the_first_one_as_it_is(
    store: Store, writer: InboxWriter
) -> None:
    """Also where the channel does not say that it is one."""
    await writer.store([replace(an_event("a", payload='{"n":1}'), message_id="m")])
    (event,) = await new_events(store)
    async with store.transaction() as records:
        await records.inbox.save(replace(event, state=InboxState.DONE))
    await writer.store([replace(an_event("a", payload='{"n":2}'), message_id="m")])

    (kept,) = await events_of_message(store, "m")
    assert kept.state is InboxState.DONE
    assert kept.payload == '{"n":1}'


async def test_storing_nothing_is_fine(store: Store, writer: InboxWriter) -> None:
    await writer.store([])

    assert await new_events(store) == []


async def test_only_new_ones_are_given(store: Store, writer: InboxWriter) -> None:
    states = (InboxState.UNREADABLE, InboxState.IGNORED, InboxState.NEW)
    await writer.store([an_event(state.value, state=state) for state in states])

    assert [event.webhook_event_id for event in await new_events(store)] == ["new"]


async def test_an_event_without_a_chat_is_kept(store: Store, writer: InboxWriter) -> None:
    await writer.store([replace(an_event(), chat_id=None)])

    assert [event.chat_id for event in await new_events(store)] == [None]


async def test_many_callers_at_once_all_find_their_events_stored(
    store: Store, writer: InboxWriter
) -> None:
    ids = {f"event-{n:03}" for n in range(200)}
    await asyncio.gather(*(writer.store([an_event(one)]) for one in sorted(ids)))

    assert {event.webhook_event_id for event in await new_events(store)} == ids


async def test_a_caller_who_goes_away_breaks_no_other(store: Store, writer: InboxWriter) -> None:
    calls = [asyncio.create_task(writer.store([an_event(f"e{n}")])) for n in range(20)]
    await asyncio.wait(calls, timeout=0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.wait(calls)
    await writer.store([an_event("later")])

    stored = {event.webhook_event_id for event in await new_events(store)}
    assert {f"e{n}" for n in range(1, 20, 2)} | {"later"} <= stored
    assert all(call.exception() is None for call in calls[1::2])


async def test_a_taken_event_is_saved_with_its_failures(store: Store, writer: InboxWriter) -> None:
    await writer.store([event_at("a", message="m")])
    (event,) = await new_events(store)
    async with store.transaction() as records:
        taken = await records.inbox.take(event.id)
        assert taken == event
        await records.inbox.save(replace(taken, failures=2, state=InboxState.FAILED))

    (saved,) = await events_of_message(store, "m")
    assert (saved.failures, saved.state) == (2, InboxState.FAILED)
    assert await new_events(store) == []


async def test_what_an_event_was_stored_with_stays(store: Store, writer: InboxWriter) -> None:
    await writer.store([an_event("a")])
    (event,) = await new_events(store)
    other = replace(
        event,
        webhook_event_id="b",
        chat_id=None,
        timestamp_ms=0,
        payload="7",
        message_id="m",
        received_at=NOON + timedelta(days=1),
    )
    async with store.transaction() as records:
        await records.inbox.save(other)

    assert await new_events(store) == [event]


async def test_the_events_of_a_message_are_found_handled_or_not(
    store: Store, writer: InboxWriter
) -> None:
    ignored = replace(event_at("b", message="m"), state=InboxState.IGNORED)
    others = [event_at("c", message="n"), event_at("d", chat="U2", message="m"), event_at("e")]
    await writer.store([event_at("a", message="m"), ignored, *others])

    assert [one.webhook_event_id for one in await events_of_message(store, "m")] == ["a", "b"]
    assert await events_of_message(store, "unknown") == []


async def test_a_rewritten_event_has_another_payload_and_is_else_the_same(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store([an_event("a"), an_event("b")])
    first, second = await new_events(store)
    async with store.transaction() as records:
        await records.inbox.rewrite(first.id, '{"type":"x"}')

    assert await new_events(store) == [replace(first, payload='{"type":"x"}'), second]


async def test_the_last_id_is_that_of_the_newest_event(store: Store, writer: InboxWriter) -> None:
    async with store.read() as records:
        assert await records.inbox.last_id() == 0
    await writer.store([event_at("a", 2)])
    await writer.store([replace(event_at("b", 1), state=InboxState.IGNORED), event_at("c", 1)])
    newest = next(one for one in await new_events(store) if one.webhook_event_id == "c")

    async with store.read() as records:
        assert await records.inbox.last_id() == newest.id


async def test_a_body_of_very_many_events_is_stored_whole(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store([an_event(str(n)) for n in range(5_000)])

    assert len(await new_events(store, 20_000)) == 5_000
