"""Two processes that handle one inbox, on PostgreSQL: each event once, each chat in its order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from orchestrator_core.incoming import FromPerson, TextSaid
from orchestrator_core.intake import Intake
from orchestrator_core.messages import Message
from orchestrator_core.model import (
    AuditEntry,
    Chat,
    ChatKind,
    NewInboxEvent,
    Person,
    UnknownAction,
)
from orchestrator_core.ports import Records
from storage.inbox_writer import SqlInboxWriter
from storage.store import SqlStore, open_store
from tests.contracts.inboxes import event_at, new_events
from tests.core import Core
from tests.fakes.wakeups import FakeWakeups
from tests.servers import Postgres
from tests.waiting import until

CHATS = [f"U{number}" for number in range(5)]


@dataclass
class Diary:
    """A conversation that writes down what it hears, in the transaction that heard it."""

    #: Cleared: it stays in the middle of what it hears.
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0

    async def answer(
        self, records: Records, person: Person, said: FromPerson, *, now: datetime
    ) -> list[Message]:
        assert isinstance(said, TextSaid)
        self.begun += 1
        await self.goes_on.wait()
        await records.audit.add(
            AuditEntry(
                actor=said.chat.id, action=UnknownAction(said.text), detail={}, created_at=now
            )
        )
        return []


@pytest.fixture
async def stores(postgres_server: Postgres) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    """Two processes' views of one database."""
    async with postgres_server.new_database() as url, AsyncExitStack() as exits:
        first, second = [
            await exits.enter_async_context(open_store(url, FakeWakeups())) for _ in "ab"
        ]
        yield first, second


def _intake(core: Core, store: SqlStore, diary: Diary) -> Intake:
    return replace(core.intake(), store=store, writer=SqlInboxWriter(store), conversation=diary)


def _said(core: Core, chat_id: str, number: int) -> NewInboxEvent:
    chat = Chat(id=chat_id, kind=ChatKind.USER)
    said = TextSaid(chat=chat, person_id=chat_id, text=f"{number:02}", reply_token=None)
    event = event_at(f"{chat_id}-{number}", number, chat=chat_id)
    return replace(event, payload=core.reader.means(said))


async def _heard(store: SqlStore) -> list[tuple[str, str]]:
    async with store.client_in_transaction() as client:
        rows = await client.execute_query_dict("SELECT actor, action FROM audit_entry ORDER BY id")
    return [(row["actor"], row["action"]) for row in rows]


async def _handle_all(intake: Intake, store: SqlStore) -> None:
    while await new_events(store, 1):
        await intake.handle_new()


@pytest.mark.parametrize("left", [True, False], ids=["left by the last process", "while running"])
async def test_each_event_is_handled_once_and_each_chat_in_order(
    stores: Sequence[SqlStore], left: bool
) -> None:
    core, diary = Core(owners=frozenset(CHATS)), Diary()
    diary.goes_on.set()
    intakes = [_intake(core, store, diary) for store in stores]
    if not left:
        await asyncio.gather(*(intake.handle_new() for intake in intakes))
    events = [_said(core, chat, number) for chat in CHATS for number in range(12)]
    mixed = [event for step in range(7) for event in events[::-1][step::7]]
    for store, half in zip(stores, (mixed[::2], mixed[1::2]), strict=True):
        await SqlInboxWriter(store).store(half)
    pairs = zip(intakes, stores, strict=True)
    async with asyncio.timeout(60):
        await asyncio.gather(*(_handle_all(intake, store) for intake, store in pairs))

    heard = await _heard(stores[0])
    expected = [f"{number:02}" for number in range(12)]
    assert len(heard) == len(events)
    assert {
        chat: [text for where, text in heard if where == chat] for chat in CHATS
    } == dict.fromkeys(CHATS, expected)
    assert core.metrics.times("inbox_events", state="done") == len(events)


async def test_a_chat_in_one_process_s_hands_is_left_alone_by_the_other(
    stores: Sequence[SqlStore],
) -> None:
    """Even for an event that comes before the one in hand, since it arrived too late for that."""
    core, slow, quick = Core(owners=frozenset(CHATS)), Diary(), Diary()
    quick.goes_on.set()
    first, second = stores
    await SqlInboxWriter(first).store([_said(core, "U1", 5)])
    handling = asyncio.create_task(_intake(core, first, slow).handle_new())
    await until(lambda: slow.begun == 1)
    await SqlInboxWriter(first).store([_said(core, "U1", 4), _said(core, "U2", 6)])
    other = _intake(core, second, quick)
    await other.handle_new()
    meanwhile = await _heard(second)
    slow.goes_on.set()
    await handling
    await other.handle_new()

    assert meanwhile == [("U2", "06")]
    assert await _heard(second) == [("U2", "06"), ("U1", "05"), ("U1", "04")]
