"""Sums over the books, whole and divided."""

from __future__ import annotations

from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import Share, Spending, Spent, Tokens
from storage import columns
from storage.sql import fetch

#: An entry of before the books knew was told.
_SPENT = """
    SELECT SUM(c.usd_billionths) AS total,
        SUM(CASE WHEN c.standing <> 'told' THEN c.usd_billionths ELSE 0 END) AS estimated
    FROM cost_entry c WHERE {which}"""
#: By the bare column SQLite would go through all there ever was in the order of its index.
_SHARES = """
    SELECT c.{column} || '' AS part, SUM(c.usd_billionths) AS total,
        SUM(CASE WHEN c.standing <> 'told' THEN c.usd_billionths ELSE 0 END) AS estimated
    FROM cost_entry c
    WHERE {which} GROUP BY c.{column} || '' ORDER BY total DESC, part LIMIT ${limit}"""
#: What was told without models has no parts. Once told, what was seen counts no more.
_MODELS = """
    SELECT p.model || '' AS part, SUM(p.usd_billionths) AS total,
        SUM(CASE WHEN c.standing <> 'told' THEN p.usd_billionths ELSE 0 END) AS estimated,
        SUM(p.input_tokens) AS input,
        SUM(p.output_tokens) AS output, SUM(p.cache_read_tokens) AS cache_read,
        SUM(p.cache_write_tokens) AS cache_write
    FROM cost_entry c JOIN cost_part p ON p.turn_id = c.turn_id AND p.run = c.run
        AND (p.call_id = '') = (c.standing = 'told')
    WHERE {which} GROUP BY p.model || '' ORDER BY total DESC, part LIMIT ${limit}"""
_COLUMNS = {Share.SESSION: "session_id", Share.AGENT: "agent", Share.PERSON: "person_id"}
_KINDS = ("input", "output", "cache_read", "cache_write")


async def whole(db: BaseDBAsyncClient, spending: Spending) -> Spent:
    which, values = _which(spending)
    (row,) = await fetch(db, _SPENT.format(which=which), *values)
    return _spent_of({"part": None, **row})


async def shares(db: BaseDBAsyncClient, spending: Spending, by: Share, limit: int) -> list[Spent]:
    which, values = _which(spending)
    place = len(values) + 1
    if by is Share.MODEL:
        sql = _MODELS.format(which=which, limit=place)
    else:
        sql = _SHARES.format(which=which, limit=place, column=_COLUMNS[by])
    return [_spent_of(row) for row in await fetch(db, sql, *values, limit)]


def _spent_of(row: dict[str, Any]) -> Spent:
    counted = {kind: int(row[kind]) for kind in _KINDS if kind in row}
    return Spent(
        key=None if row["part"] is None else str(row["part"]),
        usd=columns.usd(int(row["total"] or 0)),
        estimated=columns.usd(int(row["estimated"] or 0)),
        tokens=Tokens(**counted),
    )


def _which(spending: Spending) -> tuple[str, list[object]]:
    asked = {
        "c.created_at >=": spending.start,
        "c.created_at <": spending.end,
        "c.session_id =": spending.session_id,
        "c.agent =": spending.agent,
        "c.person_id =": spending.person_id,
        "c.turn_id =": spending.turn_id,
    }
    given = [(test, value) for test, value in asked.items() if value is not None]
    tests = [f"{test} ${place}" for place, (test, _) in enumerate(given, 1)]
    return " AND ".join(tests), [value for _, value in given]
