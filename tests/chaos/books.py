"""What stands in a run's database, read past all of Denrei's own code."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from tests.chaos.model import MARKER

#: Raised while the database is not there.
UNREADABLE = (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRow:
    id: int
    session: str
    marker: str
    state: str
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    chat: str
    state: str
    #: The turn whose end it tells; None for what answers a command.
    turn_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    turn_id: int
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    turns: tuple[TurnRow, ...] = ()
    deliveries: tuple[DeliveryRow, ...] = ()
    costs: tuple[CostRow, ...] = ()
    #: What is kept of each turn's answer, to be read on in.
    answers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Database:
    """`url` as Denrei is given it."""

    url: str

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Raises one of UNREADABLE."""
        scheme, _, path = self.url.partition("://")
        if scheme == "sqlite":
            return _sqlite(Path(path), statement)
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def unfinished(self) -> dict[str, int]:
        """What is still to come, by what it is; empty when all is quiet."""
        asked = await self.rows(_UNFINISHED)
        return {str(what): int(count) for what, count in asked if count}

    async def read(self) -> Books:
        turns = await self.rows("SELECT id, session_id, prompt, state, runs FROM turn ORDER BY id")
        deliveries = await self.rows("SELECT chat_id, state, turn_id FROM delivery ORDER BY id")
        costs = await self.rows("SELECT turn_id, usd_billionths FROM cost_entry ORDER BY id")
        answers = await self.rows(
            "SELECT turn_id, text FROM session_message WHERE role = 'answer'"
        )
        return Books(
            turns=tuple(_turn(*row) for row in turns),
            deliveries=tuple(
                DeliveryRow(chat=chat, state=state, turn_id=turn)
                for chat, state, turn in deliveries
            ),
            costs=tuple(CostRow(turn_id=t, usd=Decimal(b) / 10**9) for t, b in costs),
            answers=dict(answers),
        )


#: Where the session is stopped, prompts are `held` and no longer open.
_UNFINISHED = """
SELECT 'events', count(*) FROM inbox_event WHERE state = 'new'
UNION ALL
SELECT 'turns', count(*) FROM turn WHERE state IN ('queued', 'running')
UNION ALL
SELECT 'deliveries', count(*) FROM delivery WHERE state IN ('pending', 'sending')
"""


def _sqlite(path: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def _turn(number: int, session: str, prompt: str, state: str, runs: int) -> TurnRow:
    found = MARKER.search(prompt)
    marker = found[0] if found else prompt
    return TurnRow(id=number, session=session, marker=marker, state=state, runs=runs)
