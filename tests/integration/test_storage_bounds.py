"""PostgreSQL that is slow, paused or in somebody's way: nobody waits for it for ever."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import pytest

from storage.database import tortoise_config
from storage.failures import is_deadlock
from storage.store import SqlStore, open_store
from tests.fakes.wakeups import FakeWakeups
from tests.servers import Postgres

LOCK = "SELECT pg_advisory_xact_lock(1)"
#: More than a rollback and giving the connection back may take together.
SECONDS = 13.0


@pytest.fixture
async def url(postgres_server: Postgres) -> AsyncIterator[str]:
    async with postgres_server.new_database() as url:
        yield url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlStore]:
    async with open_store(url, FakeWakeups()) as store:
        yield store


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """The server's process of one connection does nothing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("name", "bound"), [("idle_in_transaction_session_timeout", "10s"), ("lock_timeout", "8s")]
)
async def test_the_server_ends_what_would_hold_up_others(url: str, name: str, bound: str) -> None:
    async with opened(url) as store, store.client_in_transaction() as client:
        [row] = await client.execute_query_dict(f"SHOW {name}")

    assert row == {name: bound}


def test_only_migrations_may_take_as_long_as_they_like() -> None:
    address = "postgres://denrei@localhost/denrei"
    patient, usual = (
        tortoise_config(address, patient=so)["connections"]["postgres"]["credentials"]
        for so in (True, False)
    )

    assert set(usual) - set(patient) == {"command_timeout", "server_settings"}


async def wait_for_it(store: SqlStore) -> None:
    async with store.client_in_transaction() as client:
        await client.execute_query("SET LOCAL lock_timeout = '10ms'")
        await client.execute_query(LOCK)


async def test_a_lock_waited_for_too_long_is_no_fault_of_what_waited(url: str) -> None:
    other = await asyncpg.connect(url)
    try:
        async with opened(url) as store, other.transaction():
            await other.execute(LOCK)
            with pytest.raises(asyncpg.LockNotAvailableError) as raised:
                await wait_for_it(store)
    finally:
        await other.close()

    assert is_deadlock(raised.value)


async def test_a_task_in_a_transaction_ends_though_the_server_says_nothing(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    pid, go_on = asyncio.get_running_loop().create_future(), asyncio.Event()
    async with opened(url) as store:

        async def work() -> None:
            async with store.client_in_transaction() as client:
                [row] = await client.execute_query_dict("SELECT pg_backend_pid() AS pid")
                pid.set_result(row["pid"])
                await go_on.wait()
                await client.execute_query("SELECT 1")

        task = asyncio.create_task(work())
        with paused(await pid):
            go_on.set()
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task], timeout=SECONDS)
            ended = task.cancelled()
            await store.ping()

    assert ended
    assert "database connection dropped" in caplog.messages
