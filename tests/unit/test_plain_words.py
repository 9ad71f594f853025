"""Errors for whoever is not in a chat: the API's callers, and commands on the server."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from bot.plain_words import plainly
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button

ROOT = Path(__file__).parents[2]
#: What the API and the commands on the server are answered by.
SOURCES = [*(ROOT / "orchestrator_core").rglob("*.py"), *(ROOT / "commands").glob("phrase*.py")]
FACTS: dict[str, Any] = dict.fromkeys(
    (
        "reference",
        "name",
        "known",
        "most",
        "id",
        "tool",
        "label",
        "text",
        "time",
        "minutes",
        "said",
    ),
    1,
)


def keys_raised() -> set[str]:
    """Those that stand in the code as they are."""
    calls = [
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "PersonError"
    ]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


@pytest.mark.parametrize("key", sorted({*keys_raised(), "pairing.late.accepted"}))
def test_nobody_outside_a_chat_is_told_to_type_a_command_there(key: str) -> None:
    assert re.findall(r"(?<![\w/])/[a-z]", plainly(PersonError(key, **FACTS))) == []


def test_what_there_is_to_choose_from_is_named_and_other_commands_are_not() -> None:
    agent, command = Button(label="@claude", command="/new @claude"), Button(label="/budget")
    error = PersonError("agent.unknown", name="x", buttons=(agent, command))

    assert plainly(error) == "There is no agent @x. Choose one of these: @claude"
