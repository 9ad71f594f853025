"""Two processes that store the same events in different orders, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from storage.inbox_writer import SqlInboxWriter
from storage.store import open_store
from tests.fakes.wakeups import FakeWakeups
from tests.samples import an_event
from tests.servers import Postgres

INSERT = """
INSERT INTO inbox_event
    (webhook_event_id, timestamp_ms, payload, state, received_at, failures)
VALUES ($1, 0, '{}', 'new', now(), 0) ON CONFLICT (webhook_event_id) DO NOTHING"""
#: Every lock that is waited for.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@asynccontextmanager
async def patient(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another process's connection. In a deadlock it leaves it to the other to give way."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET deadlock_timeout = '1min'")
        yield connection
    finally:
        await connection.close()


async def until_somebody_waits(url: str) -> None:
    async with patient(url) as observer, asyncio.timeout(10):
        while not await observer.fetchval(WAITING):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)


@pytest.mark.parametrize("calls", [1, 2])
async def test_events_are_stored_though_another_process_stores_them_the_other_way_round(
    postgres_server: Postgres, calls: int
) -> None:
    async with (
        postgres_server.new_database() as url,
        open_store(url, FakeWakeups()) as store,
        patient(url) as other,
    ):
        writer = SqlInboxWriter(store)
        turned = other.transaction()
        await turned.start()
        await other.execute(INSERT, "b")
        bodies = [[an_event("a"), an_event("b")], [an_event("c")]][:calls]
        storing = asyncio.gather(*(writer.store(body) for body in bodies))
        await until_somebody_waits(url)
        await other.execute(INSERT, "a")
        await turned.commit()
        await storing
        async with store.read() as records:
            stored = {event.webhook_event_id for event in await records.inbox.new(10)}

    assert stored == {"a", "b", "c"} if calls == 2 else {"a", "b"}
