"""A program's arguments, told apart: options with their values, and operands."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from orchestrator_core.guard.tables.programs import LONG_SINGLE, VALUED

#: `--fo` is `--force` to programs that take the beginning of an option for all of it.
_SHORTEST = 4


@dataclass(slots=True)
class Given:
    letters: str = ""
    longs: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    operands: list[str] = field(default_factory=list)

    def has(self, alternatives: str) -> bool:
        """Of options like `-r|--recursive|--set=a*`, whether one is there."""
        return any(self._has(one) for one in alternatives.split("|"))

    def value(self, alternatives: str) -> str | None:
        """What the first of them was given."""
        wanted = alternatives.split("|")
        return next((value for name, value in self.values if name in wanted), None)

    def values_of(self, alternatives: str) -> list[str]:
        wanted = alternatives.split("|")
        return [value for name, value in self.values if name in wanted]

    def _has(self, option: str) -> bool:
        if len(option) == 2 and option[0] == "-":  # noqa: PLR2004  a dash and a letter
            return option[1] in self.letters
        if "=" in option or "*" in option:
            return any(fnmatchcase(one, option) for one in self.longs)
        for one in self.longs:
            name = one.partition("=")[0]
            if name == option or (len(name) >= _SHORTEST and option.startswith(name)):
                return True
        return False


def given(program: str, args: list[str] | tuple[str, ...]) -> Given:
    found = Given()
    if program == "=":
        # A variable's value is no option, whatever it begins with.
        found.operands.extend(args)
        return found
    if program == "chmod" and args and set(args[0][1:]) <= set("rwxXst"):
        # `chmod -x file` takes a right away; it is no option.
        found.operands.append(args[0])
        args = args[1:]
    elif program == "tar" and args and not args[0].startswith("-"):
        # `tar xzf`: the dash may be left out.
        args = ("-" + args[0], *args[1:])
    return _told_apart(program, args, found)


def _told_apart(program: str, args: list[str] | tuple[str, ...], found: Given) -> Given:
    valued = VALUED.get(program, frozenset())
    rest = iter(args)
    for one in rest:
        if not one.startswith("-") or one == "-":
            found.operands.append(one)
        elif one == "--":
            found.operands.extend(rest)
        elif one.startswith("--") or program in LONG_SINGLE:
            name, equals, value = one.partition("=")
            if not equals and name in valued:
                value = next(rest, "")
                one = f"{name}={value}"  # noqa: PLW2901
            found.longs.append(one)
            found.values.append((name, value))
        else:
            letter, value = _cluster(one[1:], valued, found)
            if letter:
                found.values.append(("-" + letter, value or next(rest, "")))
    return found


def _cluster(letters: str, valued: frozenset[str], found: Given) -> tuple[str, str]:
    """Reads letters up to the first that takes a value: that letter, and what stands behind."""
    for place, letter in enumerate(letters):
        found.letters += letter
        if "-" + letter in valued:
            return letter, letters[place + 1 :]
    return "", ""
