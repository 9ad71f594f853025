"""The database itself keeps the audit as it was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator_core.model import AuditAction, AuditEntry, AuditFilter
from storage.store import SqlStore, open_store
from tests.fakes.clock import NOON
from tests.fakes.wakeups import FakeWakeups

HOUR = timedelta(hours=1)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    async with open_store(database_url, FakeWakeups()) as opened:
        yield opened


async def _add(store: SqlStore, at: datetime) -> None:
    async with store.transaction() as records:
        entry = AuditEntry(actor="U1", action=AuditAction.SESSION_STOP, detail={}, created_at=at)
        await records.audit.add(entry)


async def _actors(store: SqlStore) -> list[str]:
    async with store.read() as records:
        entries = await records.audit.page(AuditFilter(), limit=10)
    return [entry.actor for entry in entries]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        "UPDATE audit_entry SET detail = '{}' WHERE id > 0",
        "DELETE FROM audit_entry",
    ],
)
async def test_an_entry_is_neither_changed_nor_deleted_while_it_is_young(
    store: SqlStore, statement: str
) -> None:
    await _add(store, datetime.now(UTC) - HOUR)

    with pytest.raises(Exception, match="audit entries are never"):
        await store.execute(statement, [])
    assert await _actors(store) == ["U1"]


async def test_an_old_entry_can_be_deleted_and_still_not_be_changed(store: SqlStore) -> None:
    await _add(store, datetime.now(UTC) - 25 * HOUR)
    with pytest.raises(Exception, match="never changed"):
        await store.execute("UPDATE audit_entry SET actor = 'nobody'", [])

    await store.execute("DELETE FROM audit_entry", [])

    assert await _actors(store) == []


async def test_what_a_wrong_clock_wrote_into_the_future_does_not_stay_for_ever(
    store: SqlStore,
) -> None:
    await _add(store, max(NOON, datetime.now(UTC) + 48 * HOUR))

    await store.execute("DELETE FROM audit_entry", [])

    assert await _actors(store) == []
