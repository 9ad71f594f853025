"""Writes to SQLite in many transactions at once until it is killed, and tells what was kept."""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import count

from orchestrator_core.model import AuditAction, AuditEntry, Language, Person, Role
from storage.store import SqlStore, open_store
from tests.fakes.clock import NOON
from tests.fakes.wakeups import FakeWakeups

WRITERS = 20


async def main(database_url: str) -> None:
    numbers = count()
    async with open_store(database_url, FakeWakeups()) as store:
        await asyncio.gather(*(_write(store, numbers) for _ in range(WRITERS)))


async def _write(store: SqlStore, numbers: count[int]) -> None:
    """Two rows each time; the number is told when the transaction has ended."""
    for number in numbers:
        name = str(number)
        async with store.transaction() as records:
            person = Person(id=name, role=Role.OWNER, language=Language.ENGLISH)
            await records.people.save(person)
            # Mostly others go on while this one is half done.
            for _ in range(number % 7):
                await asyncio.sleep(0)
            entry = AuditEntry(
                actor=name, action=AuditAction.SESSION_ASK, detail={}, created_at=NOON
            )
            await records.audit.add(entry)
        os.write(1, f"{name}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
