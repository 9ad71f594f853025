"""Writes that PostgreSQL gets together, where one of them is refused or the transaction fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from tortoise.exceptions import IntegrityError, OperationalError

from orchestrator_core.model import DeliveryState, EventKind, NewDelivery
from orchestrator_core.ports import Topic
from storage import models as rows
from storage.sql import add, fetch, find
from storage.store import SqlRecords, SqlStore, open_store
from tests.fakes.clock import NOON
from tests.fakes.wakeups import FakeWakeups
from tests.samples import a_delivery, add_session
from tests.servers import Postgres


@pytest_asyncio.fixture
async def store(postgres_server: Postgres, wakeups: FakeWakeups) -> AsyncIterator[SqlStore]:
    async with postgres_server.new_database() as url, open_store(url, wakeups) as opened:
        yield opened


async def _post_again(store: SqlStore, wakeups: FakeWakeups, *, then_read: bool) -> None:
    """A session, an event and a delivery with a key that there is already."""
    taken: NewDelivery = a_delivery()
    async with store.transaction() as records:
        await records.deliveries.post(taken)
    rung = len(wakeups.rings)
    with pytest.raises(IntegrityError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            session = await add_session(records)
            records.wake(Topic.DELIVERIES)
            await records.log.append(
                session_id=session.id, turn_id=None, kind=EventKind.TEXT, data={}, now=NOON
            )
            await records.deliveries.post(taken)
            if then_read:
                await records.sessions.get(session.id)
    assert len(wakeups.rings) == rung


@pytest.mark.parametrize("then_read", [True, False])
async def test_one_that_is_refused_undoes_the_transaction_and_rings_nothing(
    store: SqlStore, wakeups: FakeWakeups, *, then_read: bool
) -> None:
    await _post_again(store, wakeups, then_read=then_read)

    async with store.read() as records:
        assert await records.sessions.page(limit=10) == []
    async with store.client_in_transaction() as client:
        assert await find(client, rows.SessionEvent, "") == []
        assert len(await find(client, rows.Delivery, "")) == 1


async def test_the_connection_is_as_good_as_new_after_a_refusal(
    store: SqlStore, wakeups: FakeWakeups
) -> None:
    for _ in range(15):
        await _post_again(store, wakeups, then_read=False)

    async with store.transaction() as records:
        await records.deliveries.post(a_delivery())
        assert len(await records.deliveries.take(NOON, sender="a", until=NOON, limit=9)) == 1


async def test_those_of_a_failed_transaction_are_never_sent(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.deliveries.post(a_delivery())
            raise ZeroDivisionError

    async with store.client_in_transaction() as client:
        assert await find(client, rows.Delivery, "") == []


async def test_a_transaction_of_the_librarys_within_comes_after_them(store: SqlStore) -> None:
    async with store.client_in_transaction() as client:
        await add(
            client,
            rows.SessionMessage,
            session_id="s",
            turn_id=1,
            role="prompt",
            text="hello",
            created_at=NOON,
        )
        async with client._in_transaction() as nested:  # noqa: SLF001 - as the library does
            [found] = await find(nested, rows.SessionMessage, "")
    assert found.text == "hello"


async def test_many_of_a_kind_are_kept_in_their_order(store: SqlStore) -> None:
    async with store.transaction() as records:
        sessions = [await add_session(records) for _ in range(3)]
        for number in range(9):
            session = sessions[number % 3]
            await records.log.append(
                session_id=session.id, turn_id=number, kind=EventKind.TEXT, data={}, now=NOON
            )
        for session in sessions:
            await records.sessions.save(replace(session, name=f"named {session.number}"))

    async with store.client_in_transaction() as client:
        events = await find(client, rows.SessionEvent, "ORDER BY id")
    assert [event.turn_id for event in events] == [*range(9)]
    async with store.read() as records:
        kept = await records.sessions.page(limit=3)
    assert {one.name for one in kept} == {f"named {one.number}" for one in sessions}


async def test_a_row_changed_twice_is_as_it_was_changed_last(store: SqlStore) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        other = await add_session(records)
        for name in ("first", "second", "last"):
            await records.sessions.save(replace(session, name=name))
            await records.sessions.save(replace(other, name=f"other {name}"))

    async with store.read() as records:
        kept = await records.sessions.page(limit=2)
    assert {one.name for one in kept} == {"last", "other last"}


async def test_what_is_too_long_is_refused_and_not_cut(store: SqlStore) -> None:
    columns = {"session_id": "s", "turn_id": 1, "text": "hello", "created_at": NOON}
    with pytest.raises(OperationalError, match="too long"):  # noqa: PT012 - the act is the transaction
        async with store.client_in_transaction() as client:
            await add(client, rows.SessionMessage, role="prompt", **columns)
            await add(client, rows.SessionMessage, role="one that no column holds", **columns)


async def test_after_a_statement_that_failed_in_an_attempt_the_transaction_goes_on(
    store: SqlStore,
) -> None:
    async with store.client_in_transaction() as client:
        records = SqlRecords(client, lambda _topic, _key: None)
        session = await add_session(records)
        await records.sessions.save(replace(session, name="before"))
        with pytest.raises(OperationalError):
            async with records.attempt():
                await fetch(client, "SELECT no_such_column FROM session")
        await records.deliveries.post(a_delivery())

    async with store.read() as reading:
        kept = await reading.sessions.get(session.id)
        assert (kept.name if kept else None) == "before"
        assert len(await reading.deliveries.page([*DeliveryState], limit=5)) == 1
