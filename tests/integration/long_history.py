"""A long history on each kind of database, and how much of it a statement touches: SQLite's
steps, PostgreSQL's rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import pytest

from storage.store import SqlStore, open_store
from tests.fakes.wakeups import FakeWakeups
from tests.integration.history import ROWS, make_history
from tests.servers import Postgres, new_sqlite

#: A walk through a whole table takes ROWS at least, and on SQLite several steps for each.
MOST_ROWS, MOST_STEPS = ROWS // 10, ROWS * 2

Statement = tuple[str, list[Any]]


class Recorder:
    """A connection in a transaction that remembers what it is told to run."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.statements: list[Statement] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> Any:
        self.statements.append((query, values or []))
        return await self._client.execute_query(query, values)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> Any:
        self.statements.append((query, values or []))
        return await self._client.execute_query_dict(query, values)


@dataclass(slots=True)
class RecorderStore:
    recorder: Recorder

    @asynccontextmanager
    async def client_in_transaction(self) -> AsyncIterator[Recorder]:
        yield self.recorder

    client_for_reading = client_in_transaction


class Long(Protocol):
    """A store with a long history."""

    @property
    def store(self) -> SqlStore: ...

    async def touched(self, statement: Statement) -> tuple[float, str]:
        """How much of what is allowed it touches, and its plan."""
        ...


@dataclass(slots=True)
class LongSqlite:
    store: SqlStore
    file: Path

    async def touched(self, statement: Statement) -> tuple[float, str]:
        sql, values = statement
        connection = sqlite3.connect(self.file, isolation_level=None)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 10

        connection.execute("BEGIN")
        connection.set_progress_handler(step, 10)
        connection.execute(sql, values).fetchall()
        connection.set_progress_handler(None, 10)
        connection.close()
        return steps / MOST_STEPS, "\n".join(row[3] for row in plan)


@dataclass(slots=True)
class LongPostgres:
    store: SqlStore
    url: str

    async def touched(self, statement: Statement) -> tuple[float, str]:
        sql, values = statement
        connection = await asyncpg.connect(self.url)
        transaction = connection.transaction()
        await transaction.start()
        try:
            explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
        finally:
            await transaction.rollback()
            await connection.close()
        plan = json.loads(explained)[0]["Plan"]
        return _rows_of(plan) / MOST_ROWS, json.dumps(plan, indent=1)


def _rows_of(plan: dict[str, Any]) -> float:
    """The most rows any part of it had in hand, those it passed over included."""
    passed = sum(count for name, count in plan.items() if name.startswith("Rows Removed by"))
    here: float = (plan["Actual Rows"] + passed) * plan["Actual Loops"]
    return max(here, *(_rows_of(part) for part in plan.get("Plans", [])), 0)


@asynccontextmanager
async def long_history(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Long]:
    """The request's parameter says which."""
    async with AsyncExitStack() as exits:
        if request.param == "sqlite":
            file = new_sqlite(folder)
            store = await exits.enter_async_context(open_store(f"sqlite://{file}", FakeWakeups()))
            await make_history(store, postgres=False)
            yield LongSqlite(store, file)
            return
        server: Postgres = request.getfixturevalue("postgres_server")
        url = await exits.enter_async_context(server.new_database())
        store = await exits.enter_async_context(open_store(url, FakeWakeups()))
        await make_history(store, postgres=True)
        yield LongPostgres(store, url)
