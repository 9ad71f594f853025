"""Where the database is, which models live in it, and how it is opened.

Knows no query and no port.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncpg import PostgresError
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import RunPython
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import (
    AsyncpgSchemaEditor,
    BaseSchemaEditor,
    SqliteSchemaEditor,
)
from tortoise.transactions import in_transaction
from tortoise.utils import generate_schema_for_client

from orchestrator_core.errors import StartError

APP = "storage"
#: How long a write waits for another process to end its own.
_BUSY_MS = 30_000
#: What the write-ahead log keeps of the disk while it is empty.
_LOG_BYTES = 32 * 2**20
_CONNECT_SECONDS = 10.0
#: How long a client waits for the server's answer to a statement.
_STATEMENT_SECONDS = 20.0
#: What the server ends by itself, so that a process which is paused or cut off holds up no other.
_BOUNDS = {
    "idle_in_transaction_session_timeout": "10s",
    # Before a lease could run out meanwhile.
    "lock_timeout": "8s",
    # A client that is gone without a word; on a Unix socket these change nothing.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
#: Any number will do, as long as every Denrei asks for the same one.
_MIGRATION_LOCK = 4_607_182_418_800_017_408


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. `reader` sees what is committed without waiting for `writer`."""

    context: TortoiseContext
    writer: BaseDBAsyncClient
    reader: BaseDBAsyncClient

    def entered(self) -> AbstractContextManager[None]:
        """Make this database tortoise's current one, in this task, for a while.

        Tortoise looks it up in a context variable, so each use says which database it means.
        """
        return _entered(self.context)


def tortoise_config(database_url: str, *, patient: bool = False) -> dict[str, Any]:
    """`sqlite://<path>`, `postgres://…` or `postgresql://…`. Raises ValueError for others.

    `patient`: statements may take, and wait for each other, as long as they like.
    """
    scheme, _, rest = database_url.partition("://")
    if scheme == "sqlite" and rest and not rest.startswith(":memory:"):
        connections = _sqlite(rest)
    elif scheme in {"postgres", "postgresql"}:
        connections = _postgres(database_url, patient=patient)
    else:
        msg = "the database's address begins with sqlite://<file>, postgres:// or postgresql://"
        raise ValueError(msg)
    return {
        "connections": connections,
        "apps": {
            APP: {
                "models": ["storage.models"],
                "default_connection": next(iter(connections)),
                "migrations": "storage.migrations",
            }
        },
        "use_tz": True,
    }


@asynccontextmanager
async def open_database(database_url: str) -> AsyncIterator[Database]:
    """Open the database and bring its tables up to date. Raises StartError."""
    with _reachable():
        config = tortoise_config(database_url)
        first = tortoise_config(database_url, patient=True)
    if first != config:
        # A migration may take its time, and another process's is waited for to its end.
        async with _opened(first) as context:
            await _bring_up_to_date(context, first)
    names = list(config["connections"])
    async with _opened(config) as context:
        if first == config:
            await _bring_up_to_date(context, config)
        yield Database(
            context=context,
            writer=context.connections.get(names[0]),
            reader=context.connections.get(names[-1]),
        )


@asynccontextmanager
async def _opened(config: dict[str, Any]) -> AsyncIterator[TortoiseContext]:
    context = TortoiseContext()
    try:
        with _entered(context), _reachable():
            await context.init(config=config)
        yield context
    finally:
        await context.close_connections()


async def _bring_up_to_date(context: TortoiseContext, config: dict[str, Any]) -> None:
    with _entered(context), _reachable():
        await _migrate(config["apps"], next(iter(config["connections"])))


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (OSError, BaseORMException, PostgresError, sqlite3.Error) as error:
        # The driver's own words may quote the address, and with it the password.
        raise StartError(
            f"DATABASE_URL: the database cannot be opened ({type(error).__name__})"
        ) from error


@contextmanager
def _entered(context: TortoiseContext) -> Iterator[None]:
    token = _current_context.set(context)
    try:
        yield
    finally:
        _current_context.reset(token)


async def _migrate(apps: dict[str, Any], connection_name: str) -> None:
    # All in one transaction: a process killed half-way leaves nothing behind, and of two that
    # start at once the second waits and then finds the work done.
    async with in_transaction(connection_name) as client:
        if client.capabilities.dialect == "postgres":
            await client.execute_query("SELECT pg_advisory_xact_lock($1)", [_MIGRATION_LOCK])
            editor: BaseSchemaEditor = AsyncpgSchemaEditor(client, atomic=False)
        else:
            editor = SqliteSchemaEditor(client, atomic=False)
        recorder = MigrationRecorder(client)
        # Asked for before it exists, its absence would end the transaction on PostgreSQL.
        await recorder.ensure_schema(editor)
        executor = MigrationExecutor(client, apps)
        is_new = not await recorder.applied_migrations()
        if is_new:
            await _make_tables(executor, editor)
        await executor.migrate(direction="forward", fake=is_new)


async def _make_tables(executor: MigrationExecutor, editor: BaseSchemaEditor) -> None:
    """From the models, at once: to go through every change there ever was takes a second.

    What migrations do beside, triggers for one, they do here too. A test holds both ways to the
    same result.
    """
    await generate_schema_for_client(editor.client, safe=False)
    for step in await executor.plan():
        for operation in step.migration.operations:
            if isinstance(operation, RunPython):
                await operation.code(None, editor)


def _sqlite(path: str) -> dict[str, Any]:
    file = path.partition("?")[0]
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    pragmas = {
        "busy_timeout": _BUSY_MS,
        "journal_mode": "WAL",
        # A commit that was answered survives a power cut.
        "synchronous": "FULL",
        "foreign_keys": "ON",
        # What savepoints must remember needs no file.
        "temp_store": "MEMORY",
        # Cut to less, the log would grow anew each time, and every commit wait for that too.
        "journal_size_limit": _LOG_BYTES,
    }
    # Tortoise caches SQL by the connection's name alone, so the name tells the dialect.
    return {
        "sqlite": {
            "engine": "storage.sqlite_client",
            "credentials": {"file_path": file, **pragmas},
        },
        "sqlite_reader": {
            "engine": "tortoise.backends.sqlite",
            "credentials": {"file_path": file, **pragmas, "query_only": "ON"},
        },
    }


def _postgres(database_url: str, *, patient: bool) -> dict[str, Any]:
    credentials = expand_db_url(database_url)["credentials"]
    pool = {"minsize": 1, "maxsize": 10, "application_name": "denrei", "timeout": _CONNECT_SECONDS}
    bounds = {} if patient else {"command_timeout": _STATEMENT_SECONDS, "server_settings": _BOUNDS}
    engine = "storage.asyncpg_client"
    return {"postgres": {"engine": engine, "credentials": {**pool, **bounds, **credentials}}}


def __getattr__(name: str) -> Any:
    # For the `tortoise` command, which has no settings of ours; read only when it asks.
    if name == "TORTOISE_ORM":
        return tortoise_config(os.environ.get("DATABASE_URL", "sqlite://denrei.db"))
    raise AttributeError(name)
