"""The development corpus: commands and tool calls, each with what is expected of the guard.

`ask` and `never` both count as caught. Files are JSON, one case a line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator_core.guard import Guard, Judgement, Outcome, RuleBook

CORPUS = Path(__file__).parent / "corpus"
#: Written by others than those who wrote the guard, and not to be tuned on.
HELD_OUT = Path(__file__).parent / "held_out"
HOME = Path("/home/dev")
#: Need not exist: then no link on the machine that runs the tests has a say.
WORKSPACE = HOME / "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    tool: str
    tool_input: Mapping[str, Any]
    outcome: Outcome

    @property
    def name(self) -> str:
        return str(self.tool_input.get("command", f"{self.tool} {dict(self.tool_input)}"))


def expected_in(path: Path) -> list[Expected]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        tool_input = case.get("input", {"command": case.get("command")})
        found.append(
            Expected(
                tool=case.get("tool", "Bash"),
                tool_input=tool_input,
                outcome=Outcome(case["expect"]),
            )
        )
    return found


def corpus() -> list[Expected]:
    return [one for path in sorted(CORPUS.glob("*.jsonl")) for one in expected_in(path)]


def standard_guard() -> Guard:
    return Guard(RuleBook.standard(), home=HOME)


def judged(guard: Guard, tool: str, tool_input: Mapping[str, Any]) -> Judgement:
    return guard.judge(tool, tool_input, workspace=WORKSPACE, cwd=WORKSPACE)
