"""A program as it would be started, whatever it was wrapped in.

What is no program but has an effect has a sign for its name: `>` writes a file, `<` reads one,
`=` sets a variable.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Arguments may hold marks (`marks.py`). `stdin` is None where nothing is fed.

    `cwds` are the directories it may stand in; none, if it may be anywhere.
    """

    program: str
    args: tuple[str, ...]
    stdin: str | None
    cwds: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was met while the script was read."""

    rule: str
    shown: str


@dataclass(frozen=True, slots=True)
class Nested:
    """What a wrapper starts: words, or code of a shell. `away` is where our paths mean nothing."""

    words: tuple[str, ...] = ()
    code: str | None = None
    arguments: tuple[str, ...] = ()
    stdin: str | None = None
    away: bool = False
    cwd: str | None = None
    variables: tuple[tuple[str, str], ...] = ()
