"""Writes whose answer nobody waits for, sent together as one statement. Knows no table.

Each becomes a part of a WITH, and those that differ in their values alone one part of many rows.
All parts see the tables as they were before the statement, and run in no order that could be
counted on, so of one table there is never more than one kind of write among them, and of one row
one write.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_NUMBERED = re.compile(r"\$(\d+)")
#: Of these a program has few: they follow its paths.
_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A statement that changes one table, and whose answer nobody needs."""

    table: str
    #: With the values of a row in its places.
    one: str
    #: The same for many rows: with a list of values in each place. PostgreSQL's. None: each row
    #: goes in a statement of its own.
    many: str | None = None
    #: The place, counted from 0, that names the row to be changed; None: it adds one.
    key: int | None = None


class WritesLate(ABC):
    """A transaction that sends such a write before its next statement, or before it commits."""

    @abstractmethod
    async def write_late(self, write: Write, values: Sequence[object]) -> None: ...


@dataclass(slots=True)
class _Rows:
    write: Write
    values: list[Sequence[object]] = field(default_factory=list)
    keys: set[object] = field(default_factory=set)

    def takes(self, write: Write, values: Sequence[object]) -> bool:
        same = write is self.write and write.many is not None
        return same and (write.key is None or values[write.key] not in self.keys)

    def add(self, values: Sequence[object]) -> None:
        self.values.append(values)
        if self.write.key is not None:
            self.keys.add(values[self.write.key])

    def together(self) -> tuple[str, Sequence[object]]:
        if self.write.many is None or len(self.values) == 1:
            return self.write.one, self.values[0]
        # A list of each place's values.
        return self.write.many, list(zip(*self.values, strict=True))


class LateWrites:
    def __init__(self) -> None:
        self._rows: dict[str, _Rows] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def takes(self, write: Write, values: Sequence[object]) -> bool:
        """Whether it may go together with those there are."""
        rows = self._rows.get(write.table)
        return rows is None or rows.takes(write, values)

    def add(self, write: Write, values: Sequence[object]) -> None:
        self._rows.setdefault(write.table, _Rows(write)).add(values)

    def take(self) -> tuple[str, list[object]]:
        """The statement and its values. There are none left then."""
        taken, self._rows = [rows.together() for rows in self._rows.values()], {}
        statement = _together(tuple(sql for sql, _ in taken))
        return statement, [value for _, values in taken for value in values]


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
