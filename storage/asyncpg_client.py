"""Tortoise's asyncpg client with transactions that give their connection back, and with fewer
round trips and detours on the way of each statement.

When tortoise 1.1.9 is cancelled while a transaction begins, the connection never returns to the
pool. asyncpg's own context managers get this right.
"""

# ruff: noqa: SLF001 - tortoise and asyncpg offer their insides to subclasses only
from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from storage.late_writes import LateWrites, Write, WritesLate

logger = logging.getLogger(__name__)

#: How long a rollback, and giving a connection back, may take.
_GIVING_BACK_SECONDS = 5.0


class _Unchanged(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Given back as it was taken: nothing here changes a session of the server's, so nothing need
    be undone, which would cost every transaction a round trip."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class _Lent(PoolConnectionWrapper):  # type: ignore[type-arg]
    """A connection that is given back, or dropped where the server says nothing any more."""

    async def __aexit__(self, *_exc: object) -> None:
        connection = self.connection
        async with _dropped_when_stuck(connection):
            await self.client._pool.release(connection)


@asynccontextmanager
async def _dropped_when_stuck(connection: Any) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_GIVING_BACK_SECONDS):
            yield
    except (TimeoutError, asyncio.CancelledError) as error:
        # Refused where asyncpg has dropped it already.
        with suppress(asyncpg.InterfaceError):
            connection.terminate()
        if isinstance(error, asyncio.CancelledError):
            raise
        logger.warning("database connection dropped")


class PooledAsyncpgClient(AsyncpgDBClient):
    connection_class = _Unchanged

    def acquire_connection(self) -> _Lent:
        return _Lent(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return _PooledTransaction(self)


class _Transaction(TransactionWrapper, WritesLate):
    def __init__(self, parent: AsyncpgDBClient, connection: asyncpg.Connection) -> None:
        super().__init__(parent)
        self._connection = connection
        self._late = LateWrites()

    async def write_late(self, write: Write, values: Sequence[object]) -> None:
        if not self._late.takes(write, values):
            await self.send_late_writes()
        self._late.add(write, values)

    async def send_late_writes(self) -> None:
        """Before any other statement, so that each finds what was written before it."""
        if self._late:
            await self._fetch(*self._late.take())

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        await self.send_late_writes()
        return [dict(row) for row in await self._fetch(query, values or ())]

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        """For all that tortoise itself sends."""
        return _AfterLateWrites(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Nested(self)

    async def _fetch(self, query: str, values: Sequence[object]) -> Sequence[Any]:
        # Nobody else has the connection: tortoise's lock is not needed.
        try:
            return cast(Sequence[Any], await self._connection.fetch(query, *values))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
            raise OperationalError(error) from error


class _AfterLateWrites(ConnectionWrapper[asyncpg.Connection]):
    client: _Transaction

    async def __aenter__(self) -> asyncpg.Connection:
        await self.client.send_late_writes()
        return await super().__aenter__()


class _Nested(NestedTransactionContext):
    def __init__(self, outer: _Transaction) -> None:
        super().__init__(TransactionWrapper(outer))
        self._outer = outer

    async def __aenter__(self) -> TransactionalDBClient:
        await self._outer.send_late_writes()
        return await super().__aenter__()


class _PooledTransaction(TransactionContext):
    _token: ConnectionToken

    def __init__(self, client: PooledAsyncpgClient) -> None:
        self._parent = client
        self._lent = client.acquire_connection()

    async def __aenter__(self) -> TransactionalDBClient:
        connections = get_connections()
        connection = await self._lent.__aenter__()
        try:
            self._transaction = connection.transaction()
            await self._transaction.__aenter__()
        except BaseException as error:
            await self._lent.__aexit__(type(error), error, error.__traceback__)
            raise
        self._client = _Transaction(self._parent, connection)
        self._token = connections.set(self._parent.connection_name, self._client)
        return self._client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        get_connections().reset(self._token)
        try:
            if error is None:
                await self._send_late_writes()
                await self._transaction.__aexit__(None, None, None)
            else:
                await self._roll_back(error)
        finally:
            await self._lent.__aexit__(kind, error, trace)

    async def _send_late_writes(self) -> None:
        try:
            await self._client.send_late_writes()
        except BaseException as error:
            await self._roll_back(error)
            raise

    async def _roll_back(self, error: BaseException) -> None:
        async with _dropped_when_stuck(self._transaction._connection):
            await self._transaction.__aexit__(type(error), error, error.__traceback__)


client_class = PooledAsyncpgClient
