"""A net for what no table knows: commands, statements and code in the arguments of any program.

What it finds is handed on to be judged as if it were run; judges nothing but calls by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from orchestrator_core.guard.invocations import Nested
from orchestrator_core.guard.marks import UNKNOWN, known
from orchestrator_core.guard.sql import destroys_stored, plainly_destroys
from orchestrator_core.guard.tables.nets import (
    ALONE,
    CALLS,
    COMMAND,
    FED,
    LISTED,
    READERS,
    SPEAKING_SQL,
    STARTER,
    STATEMENT_TOO,
    TEXT_OPTIONS,
    TEXTUAL,
)

_MANY = 6
_LONGEST = 4000
_CLOSING = {")": "(", "}": "{", "]": "["}


def inner_commands(words: list[str], stdin: str | None, *, wrapped: bool) -> list[Nested]:
    """What reads as a command among the arguments, and in the input of one who obeys it."""
    name, args = words[0], words[1:]
    if name in TEXTUAL:
        return []
    found = [] if wrapped or STARTER.fullmatch(name) else list(_tails(args))
    texts = [one for one in _spoken(args) if len(one) < _LONGEST]
    if stdin and name in FED:
        texts.append(stdin[:_LONGEST])
    found += [Nested(code=code) for text in texts for code in commands_in(text)]
    return found[:_MANY]


def written_commands(name: str, texts: list[str]) -> list[Nested]:
    """In files that the script wrote itself and now hands to a program that may run them."""
    if name in TEXTUAL or name in READERS:
        return []
    return [Nested(code=code) for text in texts for code in commands_in(text[:_LONGEST])]


def written_rules(name: str, texts: list[str]) -> Iterator[str]:
    if name in TEXTUAL or name in READERS:
        return
    for text in texts:
        if plainly_destroys(text) or destroys_stored(text):
            yield "db.sql"
        if CALLS.search(text):
            yield "code.unclear"


def inner_rules(words: list[str], stdin: str | None) -> Iterator[str]:
    """Rules met by statements and calls that stand in the arguments."""
    name, args = words[0], words[1:]
    if name in TEXTUAL and name not in STATEMENT_TOO:
        return
    if name == "python" and not any(one.endswith("manage.py") for one in args[:1]):
        return
    texts = [one for one in _spoken(args) if " " in one or "%20" in one or "(" in one]
    if name in STATEMENT_TOO or name in FED:
        texts.append(stdin or "")
    if name not in SPEAKING_SQL and any(
        plainly_destroys(one) or destroys_stored(one) for one in texts
    ):
        yield "db.sql"
    if name not in TEXTUAL and (
        any(CALLS.search(one) for one in texts) or any(ALONE.fullmatch(one) for one in args)
    ):
        yield "code.unclear"


def commands_in(text: str) -> list[str]:
    """Each command inside a text, cut where what holds it ends."""
    found = [one[1].replace(one[2], " ") for one in LISTED.finditer(text)]
    at = 0
    while len(found) < _MANY and (begun := COMMAND.search(text, at)):
        code = _cut(text, begun.start())
        # Whatever is put in for the braces.
        found.append(code.replace("{}", UNKNOWN))
        # `sh "rm x"` may be a call of Ruby's as well.
        held = text[begun.end() : begun.end() + 1] in {"'", '"', "`"}
        at = begun.end() if held else begun.start() + max(len(code), 1)
    return found


def _spoken(args: Iterable[str]) -> Iterator[str]:
    """Without those that are texts for people."""
    for before, one in pairwise(["", *args]):
        if before not in TEXT_OPTIONS and one.partition("=")[0] not in TEXT_OPTIONS:
            yield one


def _tails(args: list[str]) -> Iterator[Nested]:
    """`any-runner --some thing -- rm -rf x`"""
    for at, one in enumerate(args[:-1]):
        if STARTER.fullmatch(one) and (args[at + 1][:1] == "-" or args[at - 1 : at] == ["--"]):
            rest = args[at + 1 :]
            yield Nested(words=(one, *(rest[1:] if rest[:1] == ["--"] else rest)))
            return


def _cut(text: str, at: int) -> str:
    """From here to the end of the line, of the quotes or of the brackets that it stands in."""
    quote = text[at - 1] if at and text[at - 1] in "'\"`" else ""
    if quote:
        return text[at:].partition(quote)[0].rstrip("\\")
    line = text[at:].partition("\n")[0]
    depth = 0
    for place, sign in enumerate(line):
        if sign in "({[":
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
            if depth < 0:
                line = line[:place]
                break
    for sign in "'\"`":
        if line.count(sign) % 2:
            line = re.split(re.escape(sign), line)[0]
    return line.rstrip("\\") if known(line) else line
