"""Tortoise's asyncpg client with transactions that give their connection back.

When tortoise 1.1.9 is cancelled while a transaction begins, the connection never returns to the
pool. asyncpg's own context managers get this right.
"""

# ruff: noqa: SLF001 - tortoise offers its clients' insides to subclasses only
from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.connection import get_connections


class PooledAsyncpgClient(AsyncpgDBClient):
    def _in_transaction(self) -> TransactionContext:
        return _PooledTransaction(self)


class _PooledTransaction(TransactionContext):
    def __init__(self, client: PooledAsyncpgClient) -> None:
        self._parent = client
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> TransactionalDBClient:
        async with AsyncExitStack() as exits:
            connection = await exits.enter_async_context(self._parent.acquire_connection())
            client = TransactionWrapper(self._parent)
            client._connection = connection
            connections = get_connections()
            token = connections.set(self._parent.connection_name, client)
            exits.callback(connections.reset, token)
            await exits.enter_async_context(connection.transaction())
            self._exits = exits.pop_all()
        return client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.__aexit__(kind, error, trace)


client_class = PooledAsyncpgClient
