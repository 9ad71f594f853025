"""Tortoise's SQLite client on a connection of our own, without a thread's round trip for every
statement.

Statements of microseconds run right on the loop; what waits for the disk runs in a thread.
Transactions begin, end and share their commits as `storage/sqlite_writer.py` has it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NoReturn

from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import (
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)

from storage.sqlite_writer import Member, SqliteWriter

_STATEMENTS_KEPT = 512
#: A statement with more values than this would hold up the loop.
_FEW_VALUES = 100
#: Another that opens a new file at the same moment is done by then.
_MOST_TRIES, _TRY_AGAIN_SECONDS = 100, 0.02

_Rows = tuple[int, Sequence[Any]]


class WritingSqliteClient(SqliteClient):
    """Each statement outside a transaction is one."""

    _writer: SqliteWriter | None = None

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002 - tortoise's
        await self.writer()

    async def writer(self) -> SqliteWriter:
        """Opens the connection when it is first asked for."""
        if self._writer is None:
            self._writer = await self._open()
        return self._writer

    async def _open(self) -> SqliteWriter:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        loop = asyncio.get_running_loop()
        self._raw = await loop.run_in_executor(self._thread, self._connect)
        await self._post_connect()
        return SqliteWriter(self._raw, self._thread)

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.filename,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS_KEPT,
        )
        raw.row_factory = sqlite3.Row
        for pragma, value in self.pragmas.items():
            _set(raw, f"PRAGMA {pragma}={value}")
        # From here on the loop does the waiting.
        raw.execute("PRAGMA busy_timeout=0")
        return raw

    async def close(self) -> None:
        if self._writer is None:
            return
        self._writer = None
        # Behind a commit under way.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._raw.close)
        self._thread.shutdown()

    def _in_transaction(self) -> TransactionContext:
        return _SharedTransaction(self)

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        async with self._in_transaction() as client:
            return int(await client.execute_insert(query, values))

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        async with self._in_transaction() as client:
            await client.execute_many(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> _Rows:
        async with self._in_transaction() as client:
            return await client.execute_query(query, values)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        async with self._in_transaction() as client:
            return await client.execute_query_dict(query, values)

    async def execute_script(self, query: str) -> None:
        async with self._in_transaction() as client:
            await client.execute_script(query)


class _Transaction(SqliteTransactionWrapper):
    def __init__(self, parent: WritingSqliteClient, writer: SqliteWriter, member: Member) -> None:
        super().__init__(parent)
        self._of = (parent, writer, member)
        self._writer, self._member = writer, member

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(*self._of))

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        await self.execute_query(query, values)
        _, [(last,)] = await self.execute_query("SELECT last_insert_rowid()")
        return int(last)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        for one in values:
            await self.execute_query(query, one)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> _Rows:
        before = self._writer.changes()
        rows = await self._run(query, values or ())
        return (self._writer.changes() - before) or len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        return [dict(row) for row in await self._run(query, values or ())]

    async def _run(self, query: str, values: Sequence[Any]) -> list[sqlite3.Row]:
        try:
            if len(values) <= _FEW_VALUES:
                return self._writer.execute(self._member, query, values)
            return await self._writer.execute_in_thread(self._member, query, values)
        except sqlite3.Error as error:
            raise _translated(error) from error

    async def execute_script(self, query: str) -> None:
        """Tortoise's would end the transaction: `executescript` commits before it begins."""
        statement = ""
        for line in query.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                await self.execute_query(statement)
                statement = ""
        if statement.strip():
            await self.execute_query(statement)

    async def savepoint(self) -> None:
        self._savepoint = "nested"
        await self.execute_query("SAVEPOINT nested")

    async def savepoint_rollback(self) -> None:
        await self.execute_query("ROLLBACK TO nested")
        await self.execute_query("RELEASE nested")

    async def release_savepoint(self) -> None:
        await self.execute_query("RELEASE nested")

    async def begin(self) -> NoReturn:
        raise TransactionManagementError("a transaction begins and ends with its block")

    commit = rollback = begin


class _SharedTransaction(TransactionContext):
    _token: ConnectionToken

    def __init__(self, client: WritingSqliteClient) -> None:
        self._parent = client

    async def __aenter__(self) -> TransactionalDBClient:
        connections = get_connections()
        self._writer = await self._parent.writer()
        try:
            self._member = await self._writer.enter()
        except sqlite3.Error as error:
            raise _translated(error) from error
        self.client = _Transaction(self._parent, self._writer, self._member)
        self._token = connections.set(self._parent.connection_name, self.client)
        return self.client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        get_connections().reset(self._token)
        try:
            await self._writer.leave(self._member, error)
        except sqlite3.Error as cause:
            raise _translated(cause) from cause


def _set(raw: sqlite3.Connection, pragma: str) -> None:
    """SQLite does not always wait for another who changes the journal's mode at the same time."""
    tries = 0
    while True:
        try:
            raw.execute(pragma)
        except sqlite3.OperationalError:
            tries += 1
            if tries >= _MOST_TRIES:
                raise
            time.sleep(_TRY_AGAIN_SECONDS)
        else:
            return


def _as_text(moment: datetime) -> str:
    """SQLite compares times as text, so all must be of one zone."""
    return moment.astimezone(UTC).isoformat(" ")


# In place of tortoise's own, which leaves each in its zone.
sqlite3.register_adapter(datetime, _as_text)


def _translated(error: sqlite3.Error) -> Exception:
    """As tortoise names it."""
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityError(error)
    return OperationalError(error)


client_class = WritingSqliteClient
