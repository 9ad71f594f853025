"""Statements written by hand, for both databases. Knows no table.

Tortoise makes every statement anew from objects, which costs more than SQLite takes to carry it
out. What runs with every turn is written here instead; where columns and their kinds must be
known, tortoise's models say them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from storage.late_writes import Write, WritesLate

_Row = TypeVar("_Row", bound=Model)
_NUMBERED = re.compile(r"\$(\d+)")
#: Texts kept for SQLite. Lists are written into them by their length, so there is no end of texts.
_MOST_TEXTS = 512


async def fetch(db: BaseDBAsyncClient, sql: str, *values: object) -> list[dict[str, Any]]:
    """Run a statement whose places are `$1`, `$2`, … and return its rows."""
    return await db.execute_query_dict(for_dialect(db, sql), list(values))


async def find(
    db: BaseDBAsyncClient, model: type[_Row], rest: str, *values: object, lock: bool = False
) -> list[_Row]:
    """The model's rows that `rest` (WHERE, ORDER BY, LIMIT) names, to be read only.

    `lock`: nobody else changes them until this transaction ends.
    """
    locking = " FOR UPDATE" if lock and is_postgres(db) else ""
    found = await fetch(db, f"{_select(model)} {rest}{locking}", *values)
    return [from_row(model, row) for row in found]


async def find_one(
    db: BaseDBAsyncClient, model: type[_Row], rest: str, *values: object, lock: bool = False
) -> _Row | None:
    found = await find(db, model, rest, *values, lock=lock)
    return found[0] if found else None


async def insert(db: BaseDBAsyncClient, model: type[Model], **columns: object) -> Any:
    """Add a row; returns its key. Columns left out get the model's defaults."""
    sql, defaults = _insert(model, tuple(columns))
    (row,) = await fetch(db, sql, *columns.values(), *defaults)
    return row[model._meta.db_pk_column]  # noqa: SLF001 - tortoise's description of the table


async def update(
    db: BaseDBAsyncClient, model: type[Model], key: object, **columns: object
) -> None:
    """Change the row with this primary key."""
    await write(db, _update(model, tuple(columns)), *columns.values(), key)


async def add(db: BaseDBAsyncClient, model: type[Model], **columns: object) -> None:
    """Add a row whose key nobody needs to know."""
    write_row, defaults = _add(model, tuple(columns))
    await write(db, write_row, *columns.values(), *defaults)


async def write(db: BaseDBAsyncClient, what: Write, *values: object) -> None:
    """Change this table alone, where nobody needs the answer.

    Where every statement is a message to the server and back, it goes together with others
    later in the transaction, before anything is read.
    """
    if isinstance(db, WritesLate):
        await db.write_late(what, values)
    else:
        await fetch(db, what.one, *values)


def columns_of(model: type[Model], alias: str) -> str:
    """The columns of a table in a join, to be read with `part_of`."""
    return ", ".join(f"{alias}.{name} AS {key}" for name, key in _keys(model, alias))


def part_of(model: type[_Row], alias: str, row: dict[str, Any]) -> _Row:
    """The row of one of the joined tables."""
    return from_row(model, {name: row[key] for name, key in _keys(model, alias)})


def from_row(model: type[_Row], row: dict[str, Any]) -> _Row:
    """The row of a statement written by hand, with its columns read as the model has them.

    It has the model's columns, and nothing else of it.
    """
    for name, read in _readers(model):
        value = row[name]
        if value is not None:
            row[name] = read(value)
    return cast(_Row, SimpleNamespace(**row))


def for_dialect(db: BaseDBAsyncClient, sql: str) -> str:
    return sql if is_postgres(db) else _question_marks(sql)


def is_postgres(db: BaseDBAsyncClient) -> bool:
    return db.capabilities.dialect == "postgres"


def places(first: int, count: int) -> str:
    """`$3, $4, …`: as many places as a list has values."""
    return ", ".join(f"${number}" for number in range(first, first + count))


def among(
    db: BaseDBAsyncClient, first: int, values: Sequence[object]
) -> tuple[str, Sequence[object]]:
    """`IN (…)` for these values, from place `first` on, and what to pass for it.

    PostgreSQL takes a list as one value, so that the statement is the same for every length and
    is planned once.
    """
    if is_postgres(db):
        return f"= ANY(${first})", [values]
    return f"IN ({places(first, len(values))})", values


def table_of(
    db: BaseDBAsyncClient, name: str, kinds: Mapping[str, str], those: Collection[Sequence[object]]
) -> tuple[str, Sequence[object]]:
    """A table of this name with these rows, for FROM, and what to pass for it, from `$1` on.

    PostgreSQL takes a list for each column, so that the statement is the same for every length.
    """
    columns = ", ".join(kinds)
    if is_postgres(db):
        lists = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds.values(), 1))
        return f"unnest({lists}) AS {name} ({columns})", list(zip(*those, strict=True))
    named = ", ".join(f"column{place} AS {column}" for place, column in enumerate(kinds, 1))
    of_rows = (places(number * len(kinds) + 1, len(kinds)) for number in range(len(those)))
    listed = ", ".join(f"({row})" for row in of_rows)
    table = f"(SELECT {named} FROM (VALUES {listed})) AS {name}"  # noqa: S608 - our own names
    return table, [*chain.from_iterable(those)]


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else cast(datetime, value)


@lru_cache(maxsize=_MOST_TEXTS)
def _question_marks(sql: str) -> str:
    return _NUMBERED.sub(r"?\1", sql)


@cache
def _readers(model: type[Model]) -> list[tuple[str, Any]]:
    """The columns that SQLite gives in another shape than PostgreSQL does."""
    described = [(field.model_field_name, field) for field in model._meta.fields_map.values()]  # noqa: SLF001
    moments = [(name, _moment) for name, one in described if isinstance(one, fields.DatetimeField)]
    yes_no = [(name, bool) for name, one in described if isinstance(one, fields.BooleanField)]
    return [*moments, *yes_no]


@cache
def _keys(model: type[Model], alias: str) -> list[tuple[str, str]]:
    return [(name, f"{alias}_{name}") for name in model._meta.fields_map]  # noqa: SLF001


@cache
def _select(model: type[Model]) -> str:
    names = ", ".join(model._meta.fields_map)  # noqa: SLF001
    return f"SELECT {names} FROM {model._meta.db_table}"  # noqa: S608, SLF001 - our own names


@cache
def _insert(model: type[Model], given: tuple[str, ...]) -> tuple[str, list[object]]:
    names, defaults = _written(model, given)
    meta = model._meta  # noqa: SLF001
    sql = f"""
    INSERT INTO {meta.db_table} ({", ".join(names)}) VALUES ({places(1, len(names))})
    RETURNING {meta.db_pk_column}"""  # noqa: S608 - our own names
    return sql, defaults


@cache
def _add(model: type[Model], given: tuple[str, ...]) -> tuple[Write, list[object]]:
    names, defaults = _written(model, given)
    into = f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"  # noqa: SLF001 - as above
    one = f"{into} VALUES ({places(1, len(names))})"
    many = f"{into} SELECT * FROM unnest({_lists(model, names)})"  # noqa: S608 - as above
    return Write(table=model._meta.db_table, one=one, many=many), defaults  # noqa: SLF001


def _written(model: type[Model], given: tuple[str, ...]) -> tuple[list[str], list[object]]:
    """The names of all columns that are written, and the defaults of those not given."""
    left_out = {
        name: field.default
        for name, field in model._meta.fields_map.items()  # noqa: SLF001
        if name not in given and not field.pk and field.default is not None
    }
    return [*given, *left_out], list(left_out.values())


@cache
def _update(model: type[Model], given: tuple[str, ...]) -> Write:
    table, key = model._meta.db_table, model._meta.db_pk_column  # noqa: SLF001
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(given, 1))
    one = f"UPDATE {table} SET {changes} WHERE {key} = ${len(given) + 1}"  # noqa: S608 - as above
    changes = ", ".join(f"{name} = v.{name}" for name in given)
    lists, names = _lists(model, [*given, key]), ", ".join([*given, "row_key"])
    many = f"""
    UPDATE {table} SET {changes} FROM unnest({lists}) AS v ({names})
    WHERE {table}.{key} = v.row_key"""  # noqa: S608 - as above
    return Write(table=table, one=one, many=many, key=len(given))


def _lists(model: type[Model], names: Sequence[str]) -> str:
    """A place for each column's list of values, with its type on PostgreSQL."""
    columns = (model._meta.fields_map[name] for name in names)  # noqa: SLF001
    # Without the length: a cast to it would cut what is too long, instead of refusing it.
    kinds = (column.get_for_dialect("postgres", "SQL_TYPE").split("(")[0] for column in columns)
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, 1))
