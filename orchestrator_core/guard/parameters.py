"""`${name…}`: the value of a variable after its operator."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

from orchestrator_core.guard.marks import UNKNOWN, known
from orchestrator_core.guard.state import State
from orchestrator_core.guard.syntax import Parameter, Word

Text = Callable[[Word], str]
_SUBSCRIPT = re.compile(r"(\w+)\[(.*)\]", re.DOTALL)


def fields_of(part: Parameter, state: State) -> list[str] | None:
    """The separate fields of `"$@"` and `"${array[@]}"`; None for what is one value."""
    if part.operator or part.mode:
        return None
    if part.name in {"@", "*"}:
        return list(state.arguments)
    found = _SUBSCRIPT.fullmatch(part.name)
    if found and found[2] in {"@", "*"}:
        items = state.arrays.get(state.target(found[1]))
        return list(items) if items is not None else [UNKNOWN]
    return None


def value_of(part: Parameter, state: State, text: Text) -> str:
    if part.mode.startswith("#"):
        return "1"
    value = _plain(part.name, state)
    if part.mode.startswith("!"):
        if value is None or not known(value):
            return UNKNOWN
        value = _plain(value, state)
    if part.operator:
        return _operated(part, value, state, text)
    return state.outside_value(part.name) if value is None else value


def _plain(name: str, state: State) -> str | None:
    if name.isdigit() and name != "0":
        place = int(name[:4]) - 1
        return state.arguments[place] if place < len(state.arguments) else ""
    if name in {"@", "*"}:
        return " ".join(state.arguments)
    found = _SUBSCRIPT.fullmatch(name)
    if found:
        items = state.arrays.get(state.target(found[1]))
        if items is None:
            return None
        if found[2] in {"@", "*"}:
            return " ".join(items)
        index = found[2]
        return items[int(index)] if index.isdigit() and int(index) < len(items) else UNKNOWN
    return state.value(name)


def _operated(part: Parameter, value: str | None, state: State, text: Text) -> str:
    operator = part.operator.lstrip(":") if part.operator != ":" else ":"
    if operator in {"-", "="}:
        # What was never set here is most likely not set outside either.
        chosen = value or text(part.argument)
        if operator == "=":
            state.variables[state.target(part.name)] = chosen
        return chosen
    if operator == "+":
        return "" if value == "" else text(part.argument)
    if operator == "?":
        return value if value is not None else state.outside_value(part.name)
    argument, second = text(part.argument), text(part.second)
    if value is None or not known(value + argument + second):
        return UNKNOWN
    return _changed(operator, value, argument, second)


def _changed(operator: str, value: str, argument: str, second: str) -> str:
    if operator == ":":
        return _slice(value, argument, second)
    if operator[:1] in {"^", ","}:
        change = str.upper if operator[0] == "^" else str.lower
        return change(value) if len(operator) > 1 else change(value[:1]) + value[1:]
    if operator[:1] in {"#", "%"}:
        return _trimmed(operator, value, argument)
    if operator[:1] == "/":
        count = 0 if operator == "//" else 1
        pattern = re.compile(_regex(argument), re.DOTALL)
        return pattern.sub(lambda _: second, value, count=count)
    return UNKNOWN


def _slice(value: str, start: str, length: str) -> str:
    if not re.fullmatch(r"\s*-?\d+", start) or not re.fullmatch(r"-?\d*", length):
        return UNKNOWN
    cut = value[int(start) :]
    return cut[: int(length)] if length else cut


def _trimmed(operator: str, value: str, pattern: str) -> str:
    """Longest where the sign is doubled, shortest else."""
    lengths = range(len(value) + 1)
    wanted = re.compile(_regex(pattern) + r"\Z", re.DOTALL)
    for size in reversed(lengths) if len(operator) > 1 else lengths:
        cut = value[:size] if operator[0] == "#" else value[len(value) - size :]
        if wanted.match(cut):
            return value[size:] if operator[0] == "#" else value[: len(value) - size]
    return value


def _regex(pattern: str) -> str:
    return fnmatch.translate(pattern[:200]).removesuffix(r"\Z").removesuffix(r"\z")
