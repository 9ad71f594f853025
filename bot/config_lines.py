"""Where in a TOML file a key stands, for whoever has to mend it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Place = Sequence[str | int]


def line_of(text: str, place: Place) -> int | None:
    """The line of the key, of the item of a list where that can be told, or of the table that
    should hold it; None for a place that is not in the file. `text` must be sound TOML."""
    best, line = 0, None
    for first, lines, table, inside in _statements(text):
        keys, value = _first_path(inside)
        path = [*table, *keys]
        shared = _shared(path, place)
        # It is what holds the place, or what the place holds.
        if shared > best and shared in {len(path), len(place)}:
            best, line = shared, first + _offset(lines, value, place[shared:])
    return line


def _statements(
    text: str,
) -> Iterator[tuple[int, list[str], list[str], Mapping[str, Any]]]:
    """Each header or key with its value: its first line's number, its lines, the table it is in,
    and what TOML makes of it alone."""
    table: list[str] = []
    gathered: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        gathered.append(line)
        try:
            inside = tomllib.loads("\n".join(gathered))
        except tomllib.TOMLDecodeError:
            # A value that goes on in the next line.
            continue
        first = number - len(gathered) + 1
        if line.lstrip().startswith("[") and len(gathered) == 1:
            table = [str(part) for part in _first_path(inside)[0]]
            yield first, gathered, table, {}
        elif inside:
            yield first, gathered, table, inside
        gathered = []


def _first_path(inside: Mapping[str, Any]) -> tuple[list[str], Any]:
    """The keys down to the first value that is no table with one key, and that value."""
    path: list[str] = []
    value: Any = inside
    while isinstance(value, dict) and len(value) == 1:
        key = next(iter(value))
        path.append(key)
        value = value[key]
    return path, value


def _shared(path: Place, place: Place) -> int:
    """How many keys the two have in common from the start."""
    count = 0
    for one, other in zip(path, place, strict=False):
        if one != other:
            break
        count += 1
    return count


def _offset(lines: Sequence[str], value: Any, rest: Place) -> int:
    """How many lines below the key's the item stands that is meant by the rest of the place."""
    if not (rest and isinstance(value, list) and isinstance(rest[0], int)):
        return 0
    item = value[rest[0]] if rest[0] < len(value) else None
    if not isinstance(item, str):
        return 0
    return next((offset for offset, line in enumerate(lines) if item in line), 0)
