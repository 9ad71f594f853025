"""What "allow for this session" is good for: this tool call again, stopped by this rule.

A call that is only off the agent's whitelist is widened to what a person means by it: an edit to
its file, a fetch to its host. One that met a rule of the guard is good for itself alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator_core.tool_rules import host_of, path_of, right_of

#: Claude's own words about a command do not change what it does.
_WORDS = frozenset({"description", "timeout"})


class Scope(NamedTuple):
    #: As a person reads it.
    text: str
    #: What it is kept and found by.
    mark: str
    #: It is good for more than the very same call.
    is_wider: bool = False


def scope_of(tool: str, tool_input: Mapping[str, Any], *, rule: str | None, cwd: str) -> Scope:
    """Equal for two calls exactly when a yes for the session to one is a yes to the other."""
    text = None if rule else _widened(tool, tool_input, cwd)
    if text is not None:
        return Scope(text, _mark([None, text]), is_wider=True)
    exact = {name: value for name, value in tool_input.items() if name not in _WORDS}
    # The same words do something else in another directory.
    return Scope(_named(tool, exact), _mark([rule, tool, exact, cwd]))


def _widened(tool: str, tool_input: Mapping[str, Any], cwd: str) -> str | None:
    path = path_of(tool, tool_input, Path(cwd)) if right_of(tool) == "Edit" and cwd else None
    if path is not None:
        return f"Edit({path})"
    host = host_of(tool_input) if tool == "WebFetch" else None
    return f"WebFetch(domain:{host})" if host else None


def _named(tool: str, exact: Mapping[str, Any]) -> str:
    command = exact.get("command")
    if tool == "Bash" and isinstance(command, str) and exact.keys() == {"command"}:
        return f"Bash({command})"
    return f"{tool}({json.dumps(exact, ensure_ascii=False)})" if exact else tool


def _mark(parts: object) -> str:
    whole = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()
