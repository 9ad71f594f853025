"""The Store: transactions over all that is kept in SQL, and the rings that follow them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient

from orchestrator_core.ports import Records, Topic, Wakeups
from storage.approvals import SqlApprovals
from storage.audit import SqlAudit
from storage.costs import SqlCosts
from storage.database import Database, open_database
from storage.deliveries import SqlDeliveries
from storage.failures import full_storage_named
from storage.inbox import SqlInbox
from storage.log import SqlSessionLog
from storage.people import SqlBindings, SqlPeople
from storage.sessions import SqlSessions
from storage.sql import for_dialect
from storage.turns import SqlTurns


@asynccontextmanager
async def open_store(database_url: str, wakeups: Wakeups) -> AsyncIterator[SqlStore]:
    async with open_database(database_url) as database:
        yield SqlStore(database, wakeups)


class SqlStore:
    def __init__(self, database: Database, wakeups: Wakeups) -> None:
        self._database = database
        self._wakeups = wakeups
        #: Tasks with a transaction open.
        self._busy: set[asyncio.Task[Any] | None] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Records]:
        rung: dict[Topic, None] = {}
        async with self.client_in_transaction() as client:
            yield _records(client, rung.setdefault)
        for topic in rung:
            self._wakeups.ring(topic)

    @asynccontextmanager
    async def client_in_transaction(self) -> AsyncIterator[TransactionalDBClient]:
        """The transaction itself, for statements the records have no words for."""
        # Not tortoise's in_transaction: in a task started inside a transaction that one would
        # go on with its parent's, ended or not.
        transaction = self._database.writer._in_transaction()  # noqa: SLF001
        with self._not_nested(), full_storage_named(), self._database.entered():
            async with transaction as client:
                yield client

    @contextmanager
    def _not_nested(self) -> Iterator[None]:
        task = asyncio.current_task()
        if task in self._busy:
            # On SQLite it would wait for itself for ever.
            raise RuntimeError("this task is in a transaction already")
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)

    async def execute(self, sql: str, values: list[object]) -> None:
        """One statement, which is a transaction of its own: the shortest way to the disk."""
        writer = self._database.writer
        with full_storage_named():
            await writer.execute_query(for_dialect(writer, sql), values)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        with self._database.entered():
            yield _records(self._database.reader, self._wakeups.ring)

    async def ping(self) -> None:
        await self._database.reader.execute_query("SELECT 1")


@dataclass(frozen=True)
class SqlRecords:
    inbox: SqlInbox
    people: SqlPeople
    bindings: SqlBindings
    sessions: SqlSessions
    turns: SqlTurns
    log: SqlSessionLog
    deliveries: SqlDeliveries
    approvals: SqlApprovals
    costs: SqlCosts
    audit: SqlAudit
    ring: Callable[[Topic], None] = field(repr=False)

    def wake(self, topic: Topic) -> None:
        self.ring(topic)


def _records(client: BaseDBAsyncClient, ring: Callable[[Topic], None]) -> SqlRecords:
    return SqlRecords(
        inbox=SqlInbox(client),
        people=SqlPeople(client),
        bindings=SqlBindings(client),
        sessions=SqlSessions(client),
        turns=SqlTurns(client),
        log=SqlSessionLog(client),
        deliveries=SqlDeliveries(client),
        approvals=SqlApprovals(client),
        costs=SqlCosts(client),
        audit=SqlAudit(client),
        ring=ring,
    )
