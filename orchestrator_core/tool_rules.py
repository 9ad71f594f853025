"""The rules of an agent's whitelist, in Claude Code's own syntax: `Bash(git status:*)`, `Read`,
`Edit(src/**)`, `WebFetch(domain:example.com)`, `mcp__github__*`.

A rule says yes or nothing. Whatever it does not understand of a call it does not match, so that
a person is asked. https://code.claude.com/docs/en/permissions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestrator_core.path_patterns import PathPattern
from orchestrator_core.plain_commands import plain_commands

_RULE = re.compile(r"(?P<tool>[A-Za-z][A-Za-z0-9_-]*\*?)(?:\((?P<inside>.*)\))?", re.DOTALL)
_MCP = re.compile(r"mcp__(?P<server>[A-Za-z0-9_-]+?)(?:__(?P<tool>\*|[A-Za-z0-9_-]+))?")
_DOMAIN = re.compile(r"domain:(?P<host>(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")

#: A rule for the first of these counts for all of them, as in Claude Code.
_SAME_RIGHT = {
    "Write": "Edit",
    "MultiEdit": "Edit",
    "NotebookEdit": "Edit",
    "Glob": "Read",
    "Grep": "Read",
    "Agent": "Task",
}
#: Where a tool's input says what file it is about.
_PATH_OF = {
    "Edit": "file_path",
    "Write": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
    "Read": "file_path",
    "Glob": "path",
    "Grep": "path",
}
#: Tools that a rule may name without saying more. The other ones are an MCP server's.
KNOWN = frozenset(
    {"Bash", "Task", "WebFetch", "WebSearch", "Write", "NotebookEdit", "Glob", "Grep"}
    | {"Agent", "Edit", "MultiEdit", "Read", "TodoWrite"}
)

Matches = Callable[[str, Mapping[str, Any], Path, Path], bool]


@dataclass(frozen=True, slots=True)
class ToolRule:
    text: str
    _matches: Matches

    def allows(
        self, tool: str, tool_input: Mapping[str, Any], *, workspace: Path, cwd: Path
    ) -> bool:
        return self._matches(tool, tool_input, workspace, cwd)


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> ToolRule:
    """Raises ValueError with a sentence for whoever wrote it."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no rule; write one like 'Bash(git status:*)' or 'Read'")
    tool, inside = match["tool"], match["inside"]
    if tool.startswith("mcp__"):
        return ToolRule(text, _of_mcp(text, tool, inside))
    if tool not in KNOWN:
        raise ValueError(f"{text!r} names the tool {tool!r}, which Claude Code does not have here")
    if inside is None:
        return ToolRule(text, _whole(tool))
    if not inside.strip():
        raise ValueError(f"{text!r} has nothing between its parentheses")
    return ToolRule(text, _inside(text, tool, inside.strip()))


def right_of(tool: str) -> str:
    """The tool that rules for this one are written for."""
    return _SAME_RIGHT.get(tool, tool)


def path_of(tool: str, tool_input: Mapping[str, Any], cwd: Path) -> Path | None:
    """The file a call is about, symlinks resolved; None when it names none."""
    if tool not in _PATH_OF:
        return None
    named = tool_input.get(_PATH_OF[tool], "" if tool in {"Glob", "Grep"} else None)
    if not isinstance(named, str) or "\0" in named or named != named.strip():
        return None
    try:
        return (cwd / Path(named).expanduser()).resolve()
    except (OSError, RuntimeError):
        return None


def host_of(tool_input: Mapping[str, Any]) -> str | None:
    """Whom a WebFetch calls; None when that cannot be told for sure."""
    url = tool_input.get("url")
    # The backslash: programs differ in where they see the host's end.
    if not isinstance(url, str) or re.search(r"[\\\s\x00-\x1f]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or parts.username is not None:
        return None
    return parts.hostname


def _whole(named: str) -> Matches:
    def matches(tool: str, _input: Mapping[str, Any], _workspace: Path, _cwd: Path) -> bool:
        return tool == named or right_of(tool) == named

    return matches


def _inside(text: str, tool: str, inside: str) -> Matches:
    match right_of(tool):
        case "Bash":
            return _command(inside)
        case "Edit" | "Read" as right:
            return _file(right, PathPattern.parse(inside))
        case "WebFetch":
            return _domain(text, inside)
        case _:
            raise ValueError(f"{text!r}: {tool} takes nothing in parentheses")


def _command(inside: str) -> Matches:
    wanted = _command_pattern(inside)

    def matches(tool: str, tool_input: Mapping[str, Any], _workspace: Path, _cwd: Path) -> bool:
        command = tool_input.get("command")
        # Anything that changes how it runs (outside the sandbox, say) is for a person to see.
        harmless = tool_input.keys() <= {"command", "description", "timeout"}
        if tool != "Bash" or not isinstance(command, str) or not harmless:
            return False
        if wanted.fullmatch(command.strip()) and _is_literal(inside):
            return True
        found = plain_commands(command)
        return bool(found) and all(wanted.fullmatch(one) for one in found)

    return matches


def _is_literal(inside: str) -> bool:
    """Written out whole, a command of any shape is what its author has read."""
    return "*" not in inside


def _command_pattern(inside: str) -> re.Pattern[str]:
    if inside.endswith(":*"):
        return re.compile(f"{_with_stars(inside[:-2])}(?: .*)?", re.DOTALL)
    return re.compile(_with_stars(inside), re.DOTALL)


def _with_stars(text: str) -> str:
    return ".*".join(map(re.escape, text.split("*")))


def _file(right: str, pattern: PathPattern) -> Matches:
    def matches(tool: str, tool_input: Mapping[str, Any], workspace: Path, cwd: Path) -> bool:
        path = path_of(tool, tool_input, cwd)
        return right_of(tool) == right and path is not None and pattern.holds(path, workspace)

    return matches


def _domain(text: str, inside: str) -> Matches:
    match = _DOMAIN.fullmatch(inside)
    if match is None:
        raise ValueError(f"{text!r}: write WebFetch(domain:example.com)")
    wanted = match["host"].lower()

    def matches(tool: str, tool_input: Mapping[str, Any], _workspace: Path, _cwd: Path) -> bool:
        host = host_of(tool_input) if tool == "WebFetch" else None
        if host is None:
            return False
        return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted

    return matches


def _of_mcp(text: str, tool: str, inside: str | None) -> Matches:
    match = _MCP.fullmatch(tool)
    if match is None or inside is not None:
        raise ValueError(f"{text!r}: write mcp__server, mcp__server__* or mcp__server__tool")
    every = match["tool"] in {None, "*"}
    prefix = f"mcp__{match['server']}__"

    def matches(called: str, _input: Mapping[str, Any], _workspace: Path, _cwd: Path) -> bool:
        return called.startswith(prefix) if every else called == tool

    return matches
