"""The few statements written by hand, for both databases. Knows no table."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

_NUMBERED = re.compile(r"\$(\d+)")


async def fetch(db: BaseDBAsyncClient, sql: str, *values: object) -> list[dict[str, Any]]:
    """Run a statement whose places are `$1`, `$2`, … and return its rows."""
    return await db.execute_query_dict(for_dialect(db, sql), [_kept(value) for value in values])


def _kept(value: object) -> object:
    """Times as they are kept: SQLite compares them as text, so all must be of one zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@cache
def _question_marks(sql: str) -> str:
    return _NUMBERED.sub(r"?\1", sql)


def for_dialect(db: BaseDBAsyncClient, sql: str) -> str:
    return sql if is_postgres(db) else _question_marks(sql)


def is_postgres(db: BaseDBAsyncClient) -> bool:
    return db.capabilities.dialect == "postgres"
