"""New databases have the tables the models describe, and old ones come to have them too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from storage.database import open_database, tortoise_config
from tests.servers import Postgres

#: Not the text of the statements: a column that was added later stands elsewhere in it.
_SQLITE_COLUMNS = """
    SELECT t.name AS of_table, c.name, c.type, c."notnull", c.pk
    FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"""
_SQLITE_INDEXES = """
    SELECT t.name AS of_table, i."unique", group_concat(c.name) AS columns
    FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name, i.name"""
_SQLITE_TRIGGERS = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, character_maximum_length
    FROM information_schema.columns WHERE table_schema = 'public'"""
_INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_TRIGGERS = "SELECT tgname, pg_get_triggerdef(oid) AS made FROM pg_trigger WHERE NOT tgisinternal"


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[str]]:
    """The addresses of two empty databases."""
    if request.param == "sqlite":
        yield [f"sqlite://{tmp_path}/{name}.db" for name in ("one", "two")]
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    async with AsyncExitStack() as exits:
        both = [server.new_database(migrated=False) for _ in range(2)]
        yield [await exits.enter_async_context(one) for one in both]


async def test_an_old_database_becomes_like_a_new_one(empty: list[str]) -> None:
    """A new one is made from the models at once, an old one goes through every change."""
    await _first_tables(empty[0])
    async with open_database(empty[0]) as database:
        migrated = await _schema(database.reader)
        applied = await _applied(database.reader)
    async with open_database(empty[1]) as database:
        made = await _schema(database.reader)

        assert await _applied(database.reader) == applied
    assert len(migrated) > 12
    assert any("audit_entry_stays" in line for line in made)
    assert migrated == made


async def test_there_is_nothing_left_to_migrate(empty: list[str]) -> None:
    """What `tortoise makemigrations` would write."""
    config = tortoise_config(empty[0])
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, config["apps"]).changes()

    assert changes == []


async def test_a_database_opened_again_stays_as_it_is(empty: list[str]) -> None:
    async with open_database(empty[0]) as database:
        before = await _schema(database.reader)
    async with open_database(empty[0]) as database:
        assert await _schema(database.reader) == before


async def test_two_that_start_at_once_both_find_the_tables(empty: list[str]) -> None:
    async def start() -> set[str]:
        async with open_database(empty[0]) as database:
            return await _schema(database.reader)

    one, two = await asyncio.gather(start(), start())

    assert one == two
    assert len(one) > 12


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite://:memory:", "denrei.db"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite://"):
        tortoise_config(url)


async def _first_tables(database_url: str) -> None:
    config = tortoise_config(database_url)
    async with TortoiseContext() as context:
        await context.init(config=config)
        executor = MigrationExecutor(context.connections.all()[0], config["apps"])
        await executor.migrate([MigrationTarget("storage", "0001_initial")])


async def _applied(client: BaseDBAsyncClient) -> set[str]:
    rows = await client.execute_query_dict("SELECT name FROM tortoise_migrations")
    return {row["name"] for row in rows}


async def _schema(client: BaseDBAsyncClient) -> set[str]:
    if client.capabilities.dialect == "sqlite":
        rows = [
            *await client.execute_query_dict(_SQLITE_COLUMNS),
            *await client.execute_query_dict(_SQLITE_INDEXES),
            *await client.execute_query_dict(_SQLITE_TRIGGERS),
        ]
    else:
        rows = [
            *await client.execute_query_dict(_COLUMNS),
            *await client.execute_query_dict(_INDEXES),
            *await client.execute_query_dict(_TRIGGERS),
        ]
    lines = {" ".join(str(row).split()) for row in rows}
    return {line for line in lines if "tortoise_migrations" not in line}
