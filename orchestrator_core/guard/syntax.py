"""A shell script as the guard sees it: words of parts, commands, and how they are joined.

Plain values made by `bash_tree.py`; nothing is expanded yet.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`${name operator argument}`; `mode` is "#" for a length, "!" for a name's name."""

    name: str
    quoted: bool
    operator: str = ""
    argument: Word = ()
    second: Word = ()
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Substitution:
    """What a script writes: `$(body)`."""

    body: Block
    quoted: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """`<(body)` or `>(body)`."""

    body: Block
    reads: bool


Part = Literal | Parameter | Substitution | Stream
Word = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """`text` is what a heredoc or herestring feeds; otherwise `target` is a file."""

    operator: str
    target: Word = ()
    text: Word | None = None
    descriptor: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    name: str
    value: Word
    append: bool = False
    array: tuple[Word, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    stages: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class AndOr:
    operator: str
    left: Statement
    right: Statement


@dataclass(frozen=True, slots=True)
class Block:
    items: tuple[Statement, ...]
    redirects: tuple[Redirect, ...] = ()
    subshell: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """`for` with a variable, else `while` and `until`, whose condition begins the body."""

    variable: str
    words: tuple[Word, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Choice:
    """What always runs first, and of which arms one or none runs."""

    before: Block
    arms: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: Block


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be parsed."""

    source: str


Statement = Command | Pipeline | AndOr | Block | Loop | Choice | Function | Broken
