"""Whatever goes wrong with a permission question, the answer is no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.claude_permissions import Gatekeeper
from orchestrator_core.model import JsonObject
from orchestrator_core.policy import ReadingOnly
from orchestrator_core.ports import Verdict


@pytest.fixture
def gatekeeper(tmp_path: Path) -> Gatekeeper:
    return Gatekeeper(ReadingOnly(), tmp_path)


def _call(tool: str, cwd: object, **tool_input: Any) -> JsonObject:
    return {"tool_name": tool, "tool_input": tool_input, "cwd": str(cwd)}


def test_the_policy_decides_for_the_workspace(gatekeeper: Gatekeeper, tmp_path: Path) -> None:
    assert gatekeeper.decide(_call("Read", tmp_path, file_path="a")) == "allow"
    assert gatekeeper.decide(_call("Read", tmp_path, file_path="/etc/passwd")) == "ask"


def test_a_call_of_an_unknown_shape_is_denied(gatekeeper: Gatekeeper, tmp_path: Path) -> None:
    assert gatekeeper.decide({}) == "deny"
    assert gatekeeper.decide({**_call("Read", tmp_path), "tool_input": None}) == "deny"


def test_everything_is_denied_when_the_workspace_is_gone(tmp_path: Path) -> None:
    gatekeeper = Gatekeeper(ReadingOnly(), tmp_path / "gone")

    assert gatekeeper.decide(_call("Read", tmp_path, file_path="a")) == "deny"


async def test_between_turns_nobody_can_say_yes(gatekeeper: Gatekeeper) -> None:
    verdict = await gatekeeper.ask("Bash", {"command": "ls"})

    assert not verdict.allow and verdict.message


async def test_whoever_asked_for_the_turn_answers(gatekeeper: Gatekeeper) -> None:
    async def permit(tool: str, tool_input: JsonObject) -> Verdict:
        return Verdict(allow=(tool, tool_input) == ("Bash", {"command": "ls"}))

    gatekeeper.permit = permit

    assert (await gatekeeper.ask("Bash", {"command": "ls"})).allow
    assert not (await gatekeeper.ask("Bash", {"command": "rm"})).allow


async def test_a_question_that_fails_is_a_no_and_tells_the_model_nothing(
    gatekeeper: Gatekeeper,
) -> None:
    async def permit(_tool: str, _tool_input: JsonObject) -> Verdict:
        raise OSError("disk of the database is full")

    gatekeeper.permit = permit
    verdict = await gatekeeper.ask("Bash", {"command": "ls"})

    assert not verdict.allow
    assert "disk" not in verdict.message
