"""What every Audit promises: what was decided can be read back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.model import AuditEntry
from orchestrator_core.ports import Store
from storage import columns
from storage import models as rows
from storage.store import SqlStore
from tests.fakes.clock import NOON
from tests.fakes.store import FakeStore

DECIDED = AuditEntry(
    actor="U1",
    action="approval.allowed",
    detail={"tool": "Bash", "input": {"command": "echo 水 \0"}, "n": [1, None]},
    created_at=NOON + timedelta(microseconds=1),
    session_id="a" * 32,
)
NOTED = AuditEntry(actor="denrei", action="session.stop", detail={}, created_at=NOON)


async def _entries(store: Store) -> list[AuditEntry]:
    """All that stands in the books, in order. The core only writes them."""
    if isinstance(store, FakeStore):
        return store.audit_entries
    assert isinstance(store, SqlStore)
    async with store.client_in_transaction() as client:
        found = await rows.AuditEntry.all().using_db(client).order_by("id")
    return [
        AuditEntry(
            actor=row.actor,
            action=row.action,
            detail=columns.from_json(row.detail),
            created_at=row.created_at,
            session_id=row.session_id,
        )
        for row in found
    ]


async def test_what_was_added_stands_there_whole_and_in_order(store: Store) -> None:
    async with store.transaction() as records:
        await records.audit.add(DECIDED)
    async with store.transaction() as records:
        await records.audit.add(NOTED)

    assert await _entries(store) == [DECIDED, NOTED]


async def test_the_same_twice_stands_there_twice(store: Store) -> None:
    async with store.transaction() as records:
        await records.audit.add(NOTED)
        await records.audit.add(NOTED)

    assert await _entries(store) == [NOTED, NOTED]


async def test_what_came_to_nothing_does_not_stand_there(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.audit.add(DECIDED)
            raise ZeroDivisionError

    assert await _entries(store) == []
