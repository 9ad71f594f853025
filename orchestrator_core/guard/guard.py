"""Judges every tool call of Claude Code: fine, to be asked, or never.

Reads no file and runs nothing; looks at links on disk, because only they tell where a path leads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrator_core.guard.judgement import Judgement
from orchestrator_core.guard.judging import gravest, met_by
from orchestrator_core.guard.paths import Places
from orchestrator_core.guard.rules import RuleBook
from orchestrator_core.guard.running import Run
from orchestrator_core.guard.state import State
from orchestrator_core.guard.tools import met_by_tool, shell_code

#: A command this long is no command that a person could judge either.
_LONGEST = 60_000
#: The grammar's time grows with the square of these.
_MOST_EXPANSIONS = 3000


class Guard:
    def __init__(self, rulebook: RuleBook, home: Path | None = None) -> None:
        self._book = rulebook
        self._home = str(home or Path.home())

    def judge(
        self, tool: str, tool_input: Mapping[str, Any], *, workspace: Path, cwd: Path
    ) -> Judgement:
        """`cwd` is where relative paths of the call begin. Never raises for whatever is asked."""
        code = shell_code(tool, tool_input)
        if code is not None and (len(code) > _LONGEST or code.count("$") > _MOST_EXPANSIONS):
            return gravest(self._book, [("shell.too_deep", code)])
        try:
            return gravest(self._book, self._met(tool, tool_input, code, workspace, cwd))
        except RecursionError:
            return gravest(self._book, [("shell.too_deep", code or tool)])

    def _met(
        self,
        tool: str,
        tool_input: Mapping[str, Any],
        code: str | None,
        workspace: Path,
        cwd: Path,
    ) -> Iterator[tuple[str, str]]:
        run = Run(self._home)
        places = Places(str(workspace), self._home, run.files.links)
        if code is None or tool != "Bash":
            yield from met_by_tool(tool, tool_input, places, (str(cwd),))
        if code is not None:
            state = State(self._home, (str(cwd),))
            flow = run.script(code, state)
            run.finish(flow.after())
            yield from met_by(self._book, places, run.invocations, run.findings)
