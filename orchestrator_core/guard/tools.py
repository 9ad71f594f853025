"""Tools other than the shell: files, the web, and those of MCP servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator_core.guard.checks import Case, Met
from orchestrator_core.guard.invocations import Invocation
from orchestrator_core.guard.net_checks import check_address
from orchestrator_core.guard.path_checks import written
from orchestrator_core.guard.paths import Places
from orchestrator_core.guard.secret_checks import check_secrets
from orchestrator_core.guard.sql import destroys
from orchestrator_core.guard.tables.clouds import DESTROYING, READING
from orchestrator_core.guard.tables.names import names

_WRITING = {"Write": "file_path", "Edit": "file_path", "MultiEdit": "file_path"}
_WRITING |= {"NotebookEdit": "notebook_path"}
_READING = {"Read": "file_path", "Glob": "path", "Grep": "path", "LS": "path"}
_READING |= {"NotebookRead": "notebook_path"}
#: They touch nothing but the session itself.
_HARMLESS = names(
    "TodoWrite TodoRead WebSearch Task Agent BashOutput KillShell KillBash ExitPlanMode Skill"
    " EnterPlanMode AskUserQuestion SlashCommand ListMcpResources ReadMcpResource TaskOutput"
    " ListMcpResourcesTool ReadMcpResourceTool LSP ToolSearch TaskCreate TaskUpdate TaskList"
    " TaskGet TaskStop StructuredOutput"
)
_MCP_READING = READING | names(
    "read fetch find browse lookup navigate snapshot screenshot take resolve echo think open"
    " hover resize close click type press go back forward scroll select fill console network"
    " analyze summarize convert calculate parse format compare suggest complete ask sequential"
    " sequentialthinking retrieve query describe download measure verify create add update"
    " edit write append insert comment assign label mark set start request store remember"
    " recall save upsert"
)
_MCP_CHANGING = DESTROYING | names(
    "remove kill stop send post publish deploy transfer pay merge push revoke grant disable"
    " archive cancel close-account clear reset ban invite share upload forward email reply"
    " tweet charge refund buy order trash unlink evict shutdown restart reboot rollback force"
    " apply install execute-command evaluate eval exec"
)
_CODE_KEYS = ("command", "cmd", "script", "shell", "shell_command", "bash")
_SQL_KEYS = ("sql", "query", "statement", "statements")
_PATH_KEYS = ("path", "file_path", "filepath", "filename", "file", "destination", "target", "dest")
_LOOKS = {
    "read",
    "get",
    "list",
    "search",
    "find",
    "view",
    "stat",
    "show",
    "fetch",
    "directory",
    "tree",
}


def shell_code(tool: str, tool_input: Mapping[str, Any]) -> str | None:
    """The code that the call runs in a shell; None for a tool that runs none."""
    if tool == "Bash":
        return str(tool_input.get("command", ""))
    if tool == "Monitor":
        return str(tool_input.get("command", ""))
    if tool.startswith("mcp__"):
        codes = [tool_input[key] for key in _CODE_KEYS if isinstance(tool_input.get(key), str)]
        args = tool_input.get("args")
        words = " ".join(str(one) for one in args) if isinstance(args, list) else ""
        return f"{codes[0]} {words}".strip() if codes else None
    return None


def met_by_tool(
    tool: str, tool_input: Mapping[str, Any], places: Places, cwds: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Of a call that runs no shell."""
    if tool in _HARMLESS:
        return
    if tool in _WRITING:
        path = tool_input.get(_WRITING[tool])
        yield from _writes(path, places, cwds)
    elif tool in _READING:
        path = tool_input.get(_READING[tool], ".")
        yield from _reads(path, places, cwds)
        if isinstance(pattern := tool_input.get("pattern"), str) and tool == "Glob":
            yield from _reads(pattern, places, cwds)
    elif tool == "WebFetch":
        yield from _fetches(tool_input.get("url"))
    elif tool.startswith("mcp__"):
        yield from _server(tool, tool_input, places, cwds)
    else:
        yield "tool.unknown", tool


def _case(program: str, path: str, places: Places, cwds: tuple[str, ...]) -> Case:
    invocation = Invocation(program=program, args=(path,), stdin=None, cwds=cwds, shown=path)
    return Case(invocation, places)


def _writes(path: object, places: Places, cwds: tuple[str, ...]) -> Met:
    if not isinstance(path, str) or not path:
        yield "tool.unknown", "?"
        return
    case = _case(">", path, places, cwds)
    yield from written(path, case)
    yield from check_secrets(case)


def _reads(path: object, places: Places, cwds: tuple[str, ...]) -> Met:
    if not isinstance(path, str):
        yield "tool.unknown", "?"
        return
    yield from check_secrets(_case("cat", path, places, cwds))


def _fetches(url: object) -> Met:
    if not isinstance(url, str) or not url:
        yield "tool.unknown", "?"
        return
    rule = check_address(url)
    if rule:
        yield rule, url
    if _carries_data(url):
        yield "net.upload", url


def _carries_data(url: str) -> bool:
    """Long encoded values, or secrets by their names, in a query."""
    _, _, query = url.partition("?")
    encoded = re.search(r"=[A-Za-z0-9+/_%-]{80,}", query)
    return (
        encoded is not None
        or re.search(
            r"(?i)[?&](password|passwd|secret|token|api_?key|private_?key|data|exfil|payload)="
            r"[^&]{16,}",
            url,
        )
        is not None
    )


def _server(
    tool: str, tool_input: Mapping[str, Any], places: Places, cwds: tuple[str, ...]
) -> Met:
    words = _words(tool.rpartition("__")[2])
    # A command tells more than the tool's name.
    if shell_code(tool, tool_input) is None:
        yield from _named(words, tool)
    for value in _texts(tool_input, _SQL_KEYS):
        found = destroys(value, "sql")
        if found:
            yield "db.sql", found
    judge = _reads if words & _LOOKS else _writes
    for value in _texts(tool_input, _PATH_KEYS):
        if not value.startswith(("http://", "https://")):
            yield from judge(value, places, cwds)
    for value in _texts(tool_input, ("url", "uri")):
        yield from _fetches(value)


def _named(words: set[str], tool: str) -> Met:
    if words & _MCP_CHANGING:
        yield "tool.changes", tool
    elif not words & _MCP_READING:
        yield "tool.unknown", tool


def _texts(tool_input: Mapping[str, Any], keys: tuple[str, ...]) -> list[str]:
    return [value for key in keys if isinstance(value := tool_input.get(key), str) and value]


def _words(name: str) -> set[str]:
    """`deleteUserFile`, `delete_user-file`"""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {one for one in re.split(r"[_\-.]+", parted.lower()) if one}
