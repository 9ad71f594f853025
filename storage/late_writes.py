"""Writes whose answer nobody waits for, sent together as one statement. Knows no table.

Each becomes a part of a WITH. All parts see the tables as they were before the statement, and run
in no order that could be counted on, so of one table there is never more than one write among
them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

_NUMBERED = re.compile(r"\$(\d+)")
#: Of these a program has few: they follow its paths.
_KEPT = 500


class WritesLate(ABC):
    """A transaction that sends such a write before its next statement, or before it commits."""

    @abstractmethod
    async def write_late(self, table: str, sql: str, values: Sequence[object]) -> None: ...


class LateWrites:
    def __init__(self) -> None:
        self._statements: dict[str, str] = {}
        self._values: list[object] = []

    def __bool__(self) -> bool:
        return bool(self._statements)

    def takes(self, table: str) -> bool:
        return table not in self._statements

    def add(self, table: str, sql: str, values: Sequence[object]) -> None:
        self._statements[table] = sql
        self._values += values

    def take(self) -> tuple[str, list[object]]:
        """The statement and its values. There are none left then."""
        taken = _together(tuple(self._statements.values())), self._values
        self._statements, self._values = {}, []
        return taken


@lru_cache(_KEPT)
def _together(statements: tuple[str, ...]) -> str:
    if len(statements) == 1:
        return statements[0]
    parts, places = [], 0
    for number, sql in enumerate(statements):
        parts.append(f"w{number} AS ({_moved(sql, places)})")
        places += max((int(place) for place in _NUMBERED.findall(sql)), default=0)
    return f"WITH {', '.join(parts)} SELECT 1"


def _moved(sql: str, by: int) -> str:
    return _NUMBERED.sub(lambda place: f"${int(place[1]) + by}", sql)
