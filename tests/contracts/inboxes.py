"""An inbox and what is put into it: what its contract files share."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import InboxEvent, InboxState, NewInboxEvent
from orchestrator_core.ports import InboxWriter, Store
from storage.inbox_writer import SqlInboxWriter
from storage.store import SqlStore
from tests.fakes.inbox_writer import FakeInboxWriter
from tests.fakes.store import FakeStore
from tests.samples import an_event


def writer_of(store: Store) -> InboxWriter:
    if isinstance(store, SqlStore):
        return SqlInboxWriter(store)
    assert isinstance(store, FakeStore)
    return FakeInboxWriter(store)


async def new_events(store: Store, limit: int = 1000) -> list[InboxEvent]:
    async with store.read() as records:
        return await records.inbox.new(limit)


def event_at(
    event_id: str, timestamp_ms: int = 0, *, chat: str | None = "U1", message: str | None = None
) -> NewInboxEvent:
    return replace(an_event(event_id), chat_id=chat, timestamp_ms=timestamp_ms, message_id=message)


def done_at(timestamp_ms: int) -> NewInboxEvent:
    return replace(event_at("b", timestamp_ms), state=InboxState.DONE)


async def events_of_message(store: Store, message: str, chat: str = "U1") -> list[InboxEvent]:
    async with store.read() as records:
        return await records.inbox.of_message(chat, message)
