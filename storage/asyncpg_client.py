"""Tortoise's asyncpg client with transactions that give their connection back, and with fewer
round trips and detours on the way of each statement.

When tortoise 1.1.9 is cancelled while a transaction begins, the connection never returns to the
pool. asyncpg's own context managers get this right.
"""

# ruff: noqa: SLF001 - tortoise offers its clients' insides to subclasses only
from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import IntegrityError, OperationalError

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


class _Transaction(TransactionWrapper):
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        # Nobody else has the connection: tortoise's lock is not needed.
        try:
            return [dict(row) for row in await self._connection.fetch(query, *(values or ()))]
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(error) from error
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
            raise OperationalError(error) from error


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
        client = _Transaction(self._parent)
        client._connection = connection
        self._token = connections.set(self._parent.connection_name, client)
        return client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        get_connections().reset(self._token)
        try:
            if kind is None:
                await self._transaction.__aexit__(kind, error, trace)
            else:
                async with _dropped_when_stuck(self._transaction._connection):
                    await self._transaction.__aexit__(kind, error, trace)
        finally:
            await self._lent.__aexit__(kind, error, trace)


client_class = PooledAsyncpgClient
