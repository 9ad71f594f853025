"""Leases of several sessions beside somebody who locks the same sessions, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from orchestrator_core.ports import Leases, Store
from storage.store import open_store
from tests.claims import LATER, a_claim, queued
from tests.fakes.wakeups import FakeWakeups
from tests.integration.test_storage_deadlock import patient, until_somebody_waits
from tests.servers import Postgres

AFTERWARDS = LATER + timedelta(minutes=1)
LOCK = "SELECT 1 FROM session WHERE id = $1 FOR UPDATE"


async def _renew(leases: Leases, sessions: list[str]) -> None:
    await leases.renew("one", sessions, until=AFTERWARDS)


async def _break_all(leases: Leases, _sessions: list[str]) -> None:
    await leases.break_all(LATER)


@asynccontextmanager
async def _leased(url: str) -> AsyncIterator[tuple[Store, list[str]]]:
    """Sessions of one worker, by id; the first of them is the last in the table."""
    async with open_store(url, FakeWakeups()) as store:
        made = [(await queued(store, "hello"))[0].id]
        while made[-1] > made[0] or len(made) == 1:
            made.append((await queued(store, "hello"))[0].id)
        async with store.transaction() as records:
            await records.turns.claim(a_claim("one"), limit=len(made))
        yield store, sorted(made)


@pytest.mark.parametrize("change", [_renew, _break_all])
async def test_several_leases_are_changed_beside_one_who_locks_their_sessions_by_id(
    postgres_server: Postgres, change: Callable[[Leases, list[str]], Awaitable[None]]
) -> None:
    async with (
        postgres_server.new_database() as url,
        _leased(url) as (store, sessions),
        patient(url) as other,
    ):

        async def changing() -> None:
            async with store.transaction() as records:
                await change(records.leases, sessions)

        locking = other.transaction()
        await locking.start()
        await other.execute(LOCK, sessions[0])
        changed = asyncio.create_task(changing())
        await until_somebody_waits(url)
        for session_id in sessions[1:]:
            await other.execute(LOCK, session_id)
        await locking.commit()
        await changed
        async with store.read() as records:
            found = [await records.sessions.get(session_id) for session_id in sessions]

    until = AFTERWARDS if change is _renew else LATER
    assert {one.lease.until for one in found if one and one.lease} == {until}
    assert len(found) >= 2
