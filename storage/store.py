"""The Store: transactions over all that is kept in SQL, and the rings that follow them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from storage.jobs import SqlJobs
from storage.leases import SqlLeases
from storage.log import SqlSessionLog
from storage.made_files import SqlMadeFiles
from storage.menus import SqlMenus
from storage.pairings import SqlPairings
from storage.people import SqlBindings, SqlPeople
from storage.quotas import SqlQuotas
from storage.raises import SqlRaises
from storage.retention import SqlOldRows
from storage.schedules import SqlSchedules
from storage.sent_messages import SqlSentMessages
from storage.sessions import SqlSessions
from storage.sql import fetch, for_dialect
from storage.turns import SqlTurns
from storage.uploads import SqlUploads
from storage.withdrawals import SqlWithdrawals


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
        rung: dict[tuple[Topic, str | None], None] = {}
        async with self.client_in_transaction() as client:
            yield SqlRecords(client, lambda topic, key: rung.setdefault((topic, key)))
        for topic, key in rung:
            self._wakeups.ring(topic, key)

    @asynccontextmanager
    async def client_in_transaction(self) -> AsyncIterator[TransactionalDBClient]:
        """The transaction itself, for statements the records have no words for."""
        # Not tortoise's in_transaction: in a task started inside a transaction that one would
        # go on with its parent's, ended or not.
        transaction = self._database.writer._in_transaction()  # noqa: SLF001
        task = asyncio.current_task()
        if task in self._busy:
            # On SQLite it would wait for itself for ever.
            raise RuntimeError("this task is in a transaction already")
        self._busy.add(task)
        try:
            with full_storage_named(), self._database.entered():
                async with transaction as client:
                    yield client
        finally:
            self._busy.discard(task)

    async def execute(self, sql: str, values: list[object]) -> None:
        """One statement, which is a transaction of its own: the shortest way to the disk."""
        writer = self._database.writer
        with full_storage_named(), self._database.entered():
            await writer.execute_query(for_dialect(writer, sql), values)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        async with self.client_for_reading() as client:
            yield SqlRecords(client, self._wakeups.ring)

    @asynccontextmanager
    async def client_for_reading(self) -> AsyncIterator[BaseDBAsyncClient]:
        with self._database.entered():
            yield self._database.reader

    async def ping(self) -> None:
        await self._database.reader.execute_query("SELECT 1")


@dataclass(frozen=True, slots=True)
class SqlRecords:
    """Each part is made when it is asked for: a transaction uses few of them."""

    db: BaseDBAsyncClient
    ring: Callable[[Topic, str | None], None]

    @property
    def inbox(self) -> SqlInbox:
        return SqlInbox(self.db)

    @property
    def people(self) -> SqlPeople:
        return SqlPeople(self.db)

    @property
    def pairings(self) -> SqlPairings:
        return SqlPairings(self.db)

    @property
    def bindings(self) -> SqlBindings:
        return SqlBindings(self.db)

    @property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.db)

    @property
    def turns(self) -> SqlTurns:
        return SqlTurns(self.db)

    @property
    def leases(self) -> SqlLeases:
        return SqlLeases(self.db)

    @property
    def withdrawals(self) -> SqlWithdrawals:
        return SqlWithdrawals(self.db)

    @property
    def log(self) -> SqlSessionLog:
        return SqlSessionLog(self.db)

    @property
    def deliveries(self) -> SqlDeliveries:
        return SqlDeliveries(self.db)

    @property
    def approvals(self) -> SqlApprovals:
        return SqlApprovals(self.db)

    @property
    def costs(self) -> SqlCosts:
        return SqlCosts(self.db)

    @property
    def raises(self) -> SqlRaises:
        return SqlRaises(self.db)

    @property
    def audit(self) -> SqlAudit:
        return SqlAudit(self.db)

    @property
    def jobs(self) -> SqlJobs:
        return SqlJobs(self.db)

    @property
    def schedules(self) -> SqlSchedules:
        return SqlSchedules(self.db)

    @property
    def quotas(self) -> SqlQuotas:
        return SqlQuotas(self.db)

    @property
    def uploads(self) -> SqlUploads:
        return SqlUploads(self.db)

    @property
    def made_files(self) -> SqlMadeFiles:
        return SqlMadeFiles(self.db)

    @property
    def sent_messages(self) -> SqlSentMessages:
        return SqlSentMessages(self.db)

    @property
    def menus(self) -> SqlMenus:
        return SqlMenus(self.db)

    @property
    def old_rows(self) -> SqlOldRows:
        return SqlOldRows(self.db)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        await fetch(self.db, "SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            # Else PostgreSQL would take no other statement until the transaction has ended.
            await fetch(self.db, "ROLLBACK TO SAVEPOINT attempt")
            raise
        finally:
            await fetch(self.db, "RELEASE SAVEPOINT attempt")

    def wake(self, topic: Topic, key: str | None = None) -> None:
        self.ring(topic, key)
