"""What every Inbox promises of the order in which its events are handled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.model import InboxEvent, InboxState, NewInboxEvent
from orchestrator_core.ports import InboxWriter, Store
from tests.contracts.inboxes import done_at, event_at, new_events, writer_of


@pytest.fixture
def writer(store: Store) -> InboxWriter:
    return writer_of(store)


async def test_the_channel_s_time_comes_before_the_order_of_arrival(
    store: Store, writer: InboxWriter
) -> None:
    times = {"c": 3, "a2": 1, "b": 2, "a1": 1}
    for event_id, timestamp_ms in times.items():
        await writer.store([event_at(event_id, timestamp_ms)])

    assert [event.webhook_event_id for event in await new_events(store)] == ["a2", "a1", "b", "c"]


async def _taken(store: Store, event_id: int) -> InboxEvent | None:
    async with store.transaction() as records:
        return await records.inbox.take(event_id)


async def test_only_the_first_new_event_of_a_chat_can_be_taken(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store(
        [event_at("later", 2), event_at("earlier", 1), event_at("elsewhere", 3, chat="U2")]
    )
    earlier, later, elsewhere = await new_events(store)

    assert await _taken(store, later.id) is None
    assert await _taken(store, earlier.id) == earlier
    assert await _taken(store, elsewhere.id) == elsewhere


async def test_of_two_events_at_the_same_time_the_first_to_arrive_can_be_taken(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store([event_at("a"), event_at("b")])
    first, second = await new_events(store)

    assert await _taken(store, second.id) is None
    assert await _taken(store, first.id) == first


async def test_the_next_event_can_be_taken_once_the_first_is_handled(
    store: Store, writer: InboxWriter
) -> None:
    await writer.store([event_at("a", 1), event_at("b", 2)])
    first, second = await new_events(store)
    async with store.transaction() as records:
        await records.inbox.save(replace(first, state=InboxState.IGNORED))

    assert await _taken(store, first.id) is None
    assert await _taken(store, second.id) == second


async def test_events_without_a_chat_have_no_order(store: Store, writer: InboxWriter) -> None:
    await writer.store([event_at("a", 1, chat=None), event_at("b", 2, chat=None)])
    first, second = await new_events(store)

    assert await _taken(store, second.id) == second
    assert await _taken(store, first.id) == first


async def test_an_unknown_event_cannot_be_taken(store: Store) -> None:
    assert await _taken(store, 99) is None


@pytest.mark.parametrize(
    ("other", "overtaken"),
    [
        (done_at(3), True),
        (done_at(2), False),
        (done_at(1), False),
        (replace(done_at(3), chat_id="U2"), False),
        (replace(done_at(3), state=InboxState.IGNORED), False),
        (replace(done_at(3), state=InboxState.NEW), False),
    ],
    ids=["later", "same time", "earlier", "elsewhere", "ignored", "new"],
)
async def test_an_event_is_overtaken_by_a_later_one_that_isdone_at(
    store: Store, writer: InboxWriter, other: NewInboxEvent, overtaken: bool
) -> None:
    await writer.store([event_at("a", 2), other])
    event = next(one for one in await new_events(store) if one.webhook_event_id == "a")

    async with store.read() as records:
        assert await records.inbox.is_overtaken(event) is overtaken
