"""The language that rules are written in, and how an invocation meets a pattern.

git push --force|-f        the program, an operand, an option in any place
kubectl delete !--dry-run* an option that must not be there
aws ** delete-*            any operands between
mkfs* @/dev/*              programs by a wildcard; an argument anywhere
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate

from orchestrator_core.guard.options import Given

_GAP = "**"


@dataclass(frozen=True, slots=True)
class Pattern:
    programs: tuple[str, ...]
    options: tuple[str, ...]
    absent: tuple[str, ...]
    anywhere: tuple[re.Pattern[str], ...]
    operands: tuple[re.Pattern[str] | None, ...]

    def meets(self, given: Given, args: tuple[str, ...]) -> bool:
        return (
            _in_order(self.operands, given.operands)
            and all(given.has(one) for one in self.options)
            and not any(given.has(one) for one in self.absent)
            and all(any(one.match(arg) for arg in args) for one in self.anywhere)
        )


def compiled(text: str) -> Pattern:
    """Raises ValueError with a sentence for a person."""
    program, *items = text.split() or ["-"]
    if program.startswith(("-", "!", "@")):
        raise ValueError(f"a pattern begins with a program: {text!r}")
    return Pattern(
        programs=tuple(program.split("|")),
        options=tuple(one for one in items if one.startswith("-") and one != "-"),
        absent=tuple(one[1:] for one in items if one.startswith("!")),
        anywhere=tuple(_any_of(one[1:]) for one in items if one.startswith("@")),
        operands=tuple(
            None if one == _GAP else _any_of(one)
            for one in items
            if one == "-" or one[0] not in "-!@"
        ),
    )


def check_pattern(text: str) -> None:
    """Raises ValueError with a sentence for a person."""
    compiled(text)


def names_program(pattern: Pattern, program: str) -> bool:
    return any(
        fnmatchcase(program, one) if "*" in one else program == one for one in pattern.programs
    )


def _any_of(alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(translate(one) for one in alternatives.split("|")), re.IGNORECASE)


def _in_order(wanted: tuple[re.Pattern[str] | None, ...], operands: list[str]) -> bool:
    at, gap = 0, False
    for one in wanted:
        if one is None:
            gap = True
            continue
        while gap and at < len(operands) and not one.match(operands[at]):
            at += 1
        if at >= len(operands) or not one.match(operands[at]):
            return False
        at, gap = at + 1, False
    return True


def matches_any(alternatives: str, text: str) -> bool:
    return text in alternatives.split("|")
