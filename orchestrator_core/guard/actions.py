"""What code of any language does, as the shell program that would do the same."""

from __future__ import annotations

from orchestrator_core.guard.marks import UNKNOWN

Value = str | list[str]
#: A program with its arguments; ["?", rule] where only the rule is known.
Action = list[str]

UNCLEAR: Action = ["?", "code.unclear"]


def actions(kind: str, values: list[Value]) -> list[Action]:
    """Of a call whose first values are these. Nothing for a kind that does nothing."""
    if kind in {"run", "shell"}:
        return [_started(values)]
    first = _flat(values[0]) if values else [UNKNOWN]
    if kind in _ON_ALL:
        return [[*_ON_ALL[kind], one] for value in values[:1] or [UNKNOWN] for one in _flat(value)]
    if kind in _ON_TWO:
        second = _flat(values[1]) if len(values) > 1 else [UNKNOWN]
        return [[*_ON_TWO[kind], first[0], second[0]]]
    if kind == "delete-all":
        return [["rm", "-f", *[one for value in values or [UNKNOWN] for one in _flat(value)]]]
    if kind == "change":
        return [["chmod", "777", first[0]]]
    return [UNCLEAR]


_ON_ALL: dict[str, list[str]] = {
    "delete": ["rm", "-f"],
    "wipe": ["rm", "-rf"],
    "write": [">"],
    "read": ["<"],
    "make": ["mkdir"],
    "post": ["curl", "-d", UNKNOWN],
    "get": ["curl"],
    "connect": ["nc"],
    "mail": ["mail"],
    "kill": ["kill"],
    "sql": ["sqlite3", "-cmd"],
}
_ON_TWO: dict[str, list[str]] = {"move": ["mv"], "copy": ["cp"], "link": ["ln", "-s"]}


def _started(values: list[Value]) -> Action:
    if not values:
        return UNCLEAR
    head = values[0]
    if isinstance(head, list):
        return list(head) or UNCLEAR
    if len(values) > 1 and isinstance(values[1], list):
        return [head, *values[1]]
    rest = [one for one in values[1:] if isinstance(one, str)]
    return [head, *rest] if rest else ["sh", "-c", head]


def _flat(value: Value) -> list[str]:
    return value if isinstance(value, list) else [value]
