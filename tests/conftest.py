"""Fixtures every test may ask for: real servers, and the stores that contracts are held to."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator_core.ports import Store
from storage.embedded_valkey import embedded_valkey
from storage.store import open_store
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.servers import Postgres, new_sqlite, postgres


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[Postgres]:
    """One server for all workers of the run."""
    with postgres(testrun_uid) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Valkey of this worker's own. Tests keep apart by a prefix of their own."""
    async with embedded_valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture
def redis_prefix() -> str:
    return f"{secrets.token_hex(8)}:"


@pytest.fixture
def wakeups() -> FakeWakeups:
    return FakeWakeups()


@pytest.fixture(params=["fake", "sqlite", "postgres"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, wakeups: FakeWakeups
) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    if request.param == "fake":
        yield FakeStore(wakeups)
        return
    async with (
        _database(request.param, request, tmp_path) as url,
        open_store(url, wakeups) as opened,
    ):
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Of an empty database of each kind, with our tables."""
    async with _database(request.param, request, tmp_path) as url:
        yield url


@asynccontextmanager
async def _database(kind: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    if kind == "sqlite":
        yield f"sqlite://{new_sqlite(folder)}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    async with server.new_database() as url:
        yield url
