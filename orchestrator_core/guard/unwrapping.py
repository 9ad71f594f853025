"""What a program starts in its turn, found in its arguments.

`tables/wrappers.py` describes most; those with a manner of their own are in `peculiar.py`.
"""

from __future__ import annotations

import re
from itertools import takewhile

from orchestrator_core.guard.invocations import Nested
from orchestrator_core.guard.patterns import matches_any
from orchestrator_core.guard.peculiar import PECULIAR
from orchestrator_core.guard.tables.wrappers import WRAPPERS, Wrapper

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def unwrapped(words: list[str], stdin: str | None) -> list[Nested]:
    """Nothing for a program that starts no other."""
    name, args = words[0], words[1:]
    found: list[Nested] = []
    for wrapper in WRAPPERS.get(name, ()):
        inner = _inner(wrapper, args, stdin)
        if inner:
            found.extend(inner)
            break
    peculiar = PECULIAR.get(name)
    if peculiar is not None:
        found.extend(peculiar(args, stdin))
    return found


def _inner(wrapper: Wrapper, args: list[str], stdin: str | None) -> list[Nested]:
    rest = _after(wrapper, args)
    if rest is None:
        return []
    if wrapper.option:
        return _of_option(wrapper, rest, stdin)
    rest, _ = _without_options(rest, wrapper.valued)
    variables: list[tuple[str, str]] = []
    while wrapper.assignments and rest and (found := _ASSIGNMENT.fullmatch(rest[0])):
        variables.append((found[1], found[2]))
        rest = rest[1:]
    rest = rest[wrapper.skip :]
    if wrapper.form == "words" or wrapper.skip:
        # `docker exec web -- ls`, `ssh host -- ls`
        rest = rest[1:] if rest[:1] == ["--"] else rest
    if not rest:
        return []
    fed = stdin if wrapper.feeds else None
    return _shaped(wrapper, rest, fed, tuple(variables))


def _shaped(
    wrapper: Wrapper, rest: list[str], stdin: str | None, variables: tuple[tuple[str, str], ...]
) -> list[Nested]:
    if wrapper.form == "each":
        return [Nested(code=one, stdin=stdin, away=wrapper.away) for one in rest]
    if wrapper.form == "code":
        return [Nested(code=" ".join(rest), stdin=stdin, away=wrapper.away)]
    return [Nested(words=tuple(rest), stdin=stdin, away=wrapper.away, variables=variables)]


def _after(wrapper: Wrapper, args: list[str]) -> list[str] | None:
    """What stands behind the subcommand; None if it is another one."""
    rest = args
    for wanted in wrapper.after:
        rest, _ = _without_options(rest, wrapper.valued)
        if not rest or not matches_any(wanted, rest[0]):
            return None
        rest = rest[1:]
    return rest


def _without_options(args: list[str], valued: str) -> tuple[list[str], bool]:
    """Without the options at the beginning; and whether a `--` ended them."""
    taking = set(valued.split())
    rest = list(args)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            return rest, True
        if option in taking or (not option.startswith("--") and _last_takes(option, taking)):
            rest = rest[1:]
    return rest, False


def _last_takes(option: str, taking: set[str]) -> bool:
    """`-nu root`: the last letter of a cluster takes the next word."""
    letters = option[1:]
    first = sum(1 for _ in takewhile(lambda one: "-" + one not in taking, letters))
    return first == len(letters) - 1


def _of_option(wrapper: Wrapper, args: list[str], stdin: str | None) -> list[Nested]:
    names = wrapper.option.split("|")
    for place, one in enumerate(args):
        name, equals, value = one.partition("=")
        exact = one in names or (
            len(name) > 1 and name[0] == "-" != name[1] and "-" + name[-1] in names and not equals
        )
        if exact:
            rest = args[place + 1 :]
        elif equals and name in names:
            rest = [value]
        else:
            continue
        return _option_form(wrapper, rest, stdin)
    return []


def _option_form(wrapper: Wrapper, rest: list[str], stdin: str | None) -> list[Nested]:
    if not rest:
        return []
    if wrapper.form == "code":
        return [Nested(code=rest[0], stdin=stdin, away=wrapper.away)]
    rest = [one for at, one in enumerate(rest) if one != "--" or at > 1]
    return [Nested(words=tuple(rest), stdin=stdin, away=wrapper.away)]
