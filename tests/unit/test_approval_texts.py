"""How a tool call is shown to the person who is asked."""

from __future__ import annotations

import pytest

from orchestrator_core.approval_cards import describe_call
from orchestrator_core.model import JsonObject


@pytest.mark.parametrize(
    ("tool", "tool_input", "shown"),
    [
        ("Bash", {"command": "ls -la", "description": "harmless"}, "ls -la"),
        ("Write", {"file_path": "/w/a", "content": "x\ny"}, "file_path: /w/a\ncontent:\n  x\n  y"),
        ("Task", {"n": 1, "list": ["あ"]}, 'n: 1\nlist: ["あ"]'),
        ("Bash", {"command": ["ls"]}, 'command: ["ls"]'),
        ("Nothing", {}, ""),
    ],
)
def test_a_call_is_described_whole(tool: str, tool_input: JsonObject, shown: str) -> None:
    assert describe_call(tool, tool_input) == shown


@pytest.mark.parametrize("name", ["run_in_background", "dangerouslyDisableSandbox"])
def test_what_changes_how_a_command_runs_is_shown_too(name: str) -> None:
    shown = describe_call("Bash", {"command": "make", name: True})

    assert shown.startswith("make")
    assert f"{name}: true" in shown
