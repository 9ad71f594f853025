"""What SQLite in particular must stand: other processes, and a disk that is full."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator_core.errors import StorageFullError
from orchestrator_core.model import AuditAction, AuditEntry
from storage.database import open_database
from storage.inbox_writer import SqlInboxWriter
from storage.store import SqlStore, open_store
from tests.fakes.clock import NOON
from tests.fakes.wakeups import FakeWakeups
from tests.samples import add_session, an_event


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(f"sqlite://{tmp_path}/denrei.db", FakeWakeups()) as opened:
        yield opened


async def test_two_processes_that_read_and_then_write_are_never_locked_out(
    store: SqlStore, tmp_path: Path
) -> None:
    """Transactions begun deferred fail here at once with "database is locked"."""
    async with store.transaction() as records:
        session = await add_session(records)

    async def write(one: SqlStore, times: int) -> None:
        for _ in range(times):
            async with one.transaction() as records:
                locked = await records.sessions.lock(session.id)
                await records.sessions.save(replace(locked, last_line=locked.last_line + "x"))

    async with open_store(f"sqlite://{tmp_path}/denrei.db", FakeWakeups()) as second:
        writers = [write(one, 20) for one in (store, second) for _ in range(2)]
        await asyncio.gather(*writers)

    async with store.read() as records:
        found = await records.sessions.get(session.id)
    assert found is not None and found.last_line == "x" * 80


async def test_a_commit_waits_for_the_disk(store: SqlStore) -> None:
    async with store.client_in_transaction() as client:
        (mode,) = await client.execute_query_dict("PRAGMA journal_mode")
        (synchronous,) = await client.execute_query_dict("PRAGMA synchronous")

    assert mode == {"journal_mode": "wal"}
    assert synchronous == {"synchronous": 2}


async def _fill(store: SqlStore) -> None:
    async with store.client_in_transaction() as client:
        (pages,) = await client.execute_query_dict("PRAGMA page_count")
        await client.execute_query_dict(f"PRAGMA max_page_count = {pages['page_count']}")


async def test_on_a_full_disk_the_inbox_writer_tells_every_caller(store: SqlStore) -> None:
    writer = SqlInboxWriter(store)
    await _fill(store)

    big = [an_event(payload="x" * 20_000) for _ in range(5)]
    answers = await asyncio.gather(*(writer.store([e]) for e in big), return_exceptions=True)

    assert [type(answer) for answer in answers] == [StorageFullError] * 5
    async with store.read() as records:
        assert await records.inbox.new(10) == []


async def test_when_there_is_room_again_the_inbox_writer_goes_on(store: SqlStore) -> None:
    writer = SqlInboxWriter(store)
    await _fill(store)
    with pytest.raises(StorageFullError):
        await writer.store([an_event(payload="x" * 20_000)])
    async with store.client_in_transaction() as client:
        await client.execute_query_dict("PRAGMA max_page_count = 1000000")
    await writer.store([an_event("now", payload="x" * 20_000)])

    async with store.read() as records:
        assert [event.webhook_event_id for event in await records.inbox.new(10)] == ["now"]


async def test_on_a_full_disk_a_transaction_says_so_and_leaves_nothing(store: SqlStore) -> None:
    await _fill(store)
    with pytest.raises(StorageFullError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            session = await add_session(records)
            await records.sessions.save(replace(session, last_line="x" * 50_000))

    async with store.read() as records:
        assert await records.sessions.page(limit=10) == []


async def test_a_reader_cannot_write(store: SqlStore) -> None:
    async with store.read() as records:
        with pytest.raises(Exception, match="readonly"):
            await add_session(records)


async def test_an_audit_entry_is_kept(store: SqlStore) -> None:
    entry = AuditEntry(
        actor="U1", action=AuditAction.SESSION_STOP, detail={"n": 1}, created_at=NOON
    )
    async with store.transaction() as records:
        await records.audit.add(entry)

    async with store.client_in_transaction() as client:
        (row,) = await client.execute_query_dict("SELECT * FROM audit_entry")
    assert (row["actor"], row["action"], row["detail"]) == ("U1", "session.stop", '{"n":1}')


class _CountingStore(SqlStore):
    statements = 0

    async def execute(self, sql: str, values: list[object]) -> None:
        self.statements += 1
        await super().execute(sql, values)


async def test_many_callers_share_one_transaction(tmp_path: Path) -> None:
    """What makes the inbox fast: fewer commits than callers."""
    async with open_database(f"sqlite://{tmp_path}/denrei.db") as database:
        store = _CountingStore(database, FakeWakeups())
        writer = SqlInboxWriter(store)
        await asyncio.gather(*(writer.store([an_event()]) for _ in range(50)))
        async with store.read() as records:
            stored = await records.inbox.new(100)

    assert len(stored) == 50
    assert 1 <= store.statements <= 2


async def test_one_call_that_cannot_be_stored_fails_alone(store: SqlStore) -> None:
    writer = SqlInboxWriter(store)
    bad = replace(an_event("bad"), timestamp_ms=2**70)
    answers = await asyncio.gather(
        writer.store([an_event("a")]),
        writer.store([bad]),
        writer.store([an_event("b")]),
        return_exceptions=True,
    )

    assert answers[0] is None and answers[2] is None
    assert isinstance(answers[1], OverflowError)
    async with store.read() as records:
        stored = [event.webhook_event_id for event in await records.inbox.new(10)]
    assert stored == ["a", "b"]


@pytest.mark.parametrize("told", [1, 40, 300])
async def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half_done(
    tmp_path: Path, told: int
) -> None:
    url = f"sqlite://{tmp_path}/denrei.db"
    acknowledged = await _killed_while_writing(url, told=told)

    async with open_store(url, FakeWakeups()) as store, store.client_in_transaction() as client:
        [check] = await client.execute_query_dict("PRAGMA integrity_check")
        people = await client.execute_query_dict("SELECT id FROM person")
        entries = await client.execute_query_dict("SELECT actor FROM audit_entry")
    kept = {row["id"] for row in people}
    assert check == {"integrity_check": "ok"}
    assert len(acknowledged) >= told
    assert acknowledged <= kept
    assert kept == {row["actor"] for row in entries}


async def _killed_while_writing(url: str, *, told: int) -> set[str]:
    """What it told of as kept; killed when it had told so often."""
    command = [sys.executable, "-m", "tests.integration.sqlite_victim", url]
    victim = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert victim.stdout is not None
    try:
        async with asyncio.timeout(60):
            lines = [await victim.stdout.readuntil() for _ in range(told)]
    finally:
        victim.kill()
        rest = await victim.stdout.read()
        await victim.wait()
    # Each line was one write: none is cut in two.
    return set(b"".join([*lines, rest]).decode().split())
