"""Consoles and pagers that start a shell when told to: psql, sqlite3, ed, man, less, make."""

from __future__ import annotations

import re
from itertools import pairwise

from orchestrator_core.guard.invocations import Nested

_ESCAPES = re.compile(r"(?m)(?:\\!|^\s*\.(?:shell|system)\s|^\s*system\s|^\s*!)\s*([^;\n]+)")
_PROGRAMS = frozenset({"CC", "CXX", "RM", "SHELL", "MAKE", "LD", "AR"})


def escaping(args: list[str], stdin: str | None) -> list[Nested]:
    r"""`psql -c '\! ls'`, `sqlite3 x '.shell ls'`, `ed x <<< '!ls'`"""
    return [
        Nested(code=found[1]) for text in (*args, stdin or "") for found in _ESCAPES.finditer(text)
    ]


def pager(args: list[str], _stdin: str | None) -> list[Nested]:
    """`man -P 'code'`, `less '+!code'`"""
    codes = [value for one, value in pairwise(args) if one in {"-P", "--pager"}]
    codes += [one.partition("!")[2] for one in args if one.startswith("+!")]
    return [Nested(code=one) for one in codes]


def make(args: list[str], stdin: str | None) -> list[Nested]:
    """Recipes it is fed, and variables that name programs."""
    recipes = re.findall(r"(?m)^\t[@-]*(.+)|^[^#\n]*:[^\n;]*;(.+)", stdin or "")
    found = [Nested(code=tabbed or inline) for tabbed, inline in recipes]
    for one in args:
        name, equals, value = one.partition("=")
        if equals and name in _PROGRAMS:
            found.append(Nested(code=value))
        if one.startswith("--eval="):
            found += [Nested(code=call) for call in re.findall(r"\$\(shell (.*)\)", one)]
    return found


def debugger(args: list[str], _stdin: str | None) -> list[Nested]:
    """`gdb -ex 'shell ls'`"""
    texts = [value for option, value in pairwise(args) if option in {"-ex", "-x"}]
    shells = [re.match(r"\s*(?:shell|!)\s*(.+)", one) for one in texts]
    return [Nested(code=one[1]) for one in shells if one]


def editor(args: list[str], _stdin: str | None) -> list[Nested]:
    """`vim -c ':!ls'`, `vim '+call system("ls")'`"""
    found = []
    for option, value in pairwise([*args, ""]):
        text = value if option in {"-c", "--cmd"} else option[1:] if option[:1] == "+" else ""
        bang = re.match(r"\s*:?\s*(?:silent\s*)?!\s*(.*)", text, re.DOTALL)
        codes = [bang[1]] if bang else []
        codes += [called[1] for called in re.findall(r"system\((['\"])(.*?)\1", text)]
        found += [Nested(code=one) for one in codes]
    return found
