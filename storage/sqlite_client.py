"""Tortoise's SQLite client with transactions that neither fail nor leak.

Tortoise 1.1.9 begins them deferred: one that reads and then writes fails at once with "database
is locked" when another process wrote in between, whatever the busy timeout. Begun IMMEDIATE it
waits its turn instead. And when its BEGIN fails or is cancelled, tortoise never gives its lock
back, and with it the only connection.
"""

# ruff: noqa: SLF001 - tortoise offers its clients' insides to subclasses only
from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections


class ImmediateSqliteClient(SqliteClient):
    def _in_transaction(self) -> TransactionContext:
        return _ImmediateTransaction(self, self._lock)


class _Transaction(SqliteTransactionWrapper):
    """Where tortoise's would end the transaction: `executescript` commits before it begins."""

    async def execute_script(self, query: str) -> None:
        statement = ""
        for line in query.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                await self.execute_query(statement)
                statement = ""
        if statement.strip():
            await self.execute_query(statement)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))


class _ImmediateTransaction(TransactionContext):
    def __init__(self, client: ImmediateSqliteClient, lock: asyncio.Lock) -> None:
        self._parent = client
        self._lock = lock
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> TransactionalDBClient:
        async with AsyncExitStack() as exits:
            await exits.enter_async_context(self._lock)
            if self._parent._connection is None:
                await self._parent.create_connection(with_db=True)
            self.client = _Transaction(self._parent)
            connections = get_connections()
            token = connections.set(self._parent.connection_name, self.client)
            exits.callback(connections.reset, token)
            exits.push_async_exit(self._end)
            await self.client._connection.execute("BEGIN IMMEDIATE")
            self._exits = exits.pop_all()
        return self.client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.__aexit__(kind, error, trace)

    async def _end(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        # What the connection's thread was given is done in order, so a ROLLBACK given after a
        # BEGIN nobody waits for any more ends that one too.
        connection = self.client._connection
        if kind is not None:
            await _to_its_end(connection.rollback())
            return
        try:
            await _to_its_end(connection.commit())
        except Exception:
            await _to_its_end(connection.rollback())
            raise


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for the work even when cancelled meanwhile: whoever comes next needs it done."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


client_class = ImmediateSqliteClient
