"""Whatever goes wrong with a permission question, the answer is no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.claude_permissions import Gatekeeper
from orchestrator_core.model import CLAUDES_OWN, Decision, JsonObject, Ruling
from orchestrator_core.ports import AgentProfile, Verdict
from orchestrator_core.tool_policy import ToolPolicy
from tests.fakes.conversation import allow

PROFILE = AgentProfile(name="claude")


@pytest.fixture
def gatekeeper(tmp_path: Path) -> Gatekeeper:
    gatekeeper = Gatekeeper(ToolPolicy(), PROFILE, tmp_path)
    gatekeeper.permit = allow
    return gatekeeper


def _call(tool: str, cwd: object, **tool_input: Any) -> JsonObject:
    return {"tool_name": tool, "tool_input": tool_input, "cwd": str(cwd)}


async def _decision(gatekeeper: Gatekeeper, call: JsonObject) -> Decision:
    return (await gatekeeper.before(call, "call-1"))[0]


async def test_the_policy_decides_for_the_workspace(
    gatekeeper: Gatekeeper, tmp_path: Path
) -> None:
    inside = _call("Read", tmp_path, file_path="a")
    outside = _call("Read", tmp_path, file_path="/etc/hostname")

    assert await _decision(gatekeeper, inside) is Decision.ALLOW
    assert await _decision(gatekeeper, outside) is Decision.ASK


async def test_a_call_of_an_unknown_shape_is_denied(
    gatekeeper: Gatekeeper, tmp_path: Path
) -> None:
    no_input = {**_call("Read", tmp_path), "tool_input": None}

    assert await _decision(gatekeeper, {}) is Decision.DENY
    assert await _decision(gatekeeper, no_input) is Decision.DENY


async def test_what_the_policy_could_not_judge_is_denied_in_the_books_too(tmp_path: Path) -> None:
    """Whoever keeps them may say what they like: it stays denied."""
    told: list[tuple[str, JsonObject, Decision, str]] = []

    async def permit(tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
        told.append((tool, tool_input, ruling.decision, ruling.why))
        return Verdict(allow=True)

    gatekeeper = Gatekeeper(ToolPolicy(), PROFILE, tmp_path / "gone")
    gatekeeper.permit = permit
    decisions = [
        await _decision(gatekeeper, _call("Read", tmp_path, file_path="a")),
        await _decision(gatekeeper, {"tool_input": None}),
    ]

    why = "the policy failed"
    assert decisions == [Decision.DENY, Decision.DENY]
    assert told == [
        ("Read", {"file_path": "a"}, Decision.DENY, why),
        ("", {}, Decision.DENY, why),
    ]


async def test_everything_is_denied_when_the_workspace_is_gone(tmp_path: Path) -> None:
    gatekeeper = Gatekeeper(ToolPolicy(), PROFILE, tmp_path / "gone")
    gatekeeper.permit = allow
    reading = _call("Read", tmp_path, file_path="a")

    assert await _decision(gatekeeper, reading) is Decision.DENY


async def test_between_turns_nothing_runs(gatekeeper: Gatekeeper, tmp_path: Path) -> None:
    gatekeeper.forget()
    verdict = await gatekeeper.ask("Bash", {"command": "ls"}, "call-1")
    decision = await _decision(gatekeeper, _call("Read", tmp_path, file_path="a"))

    assert not verdict.allow and verdict.message
    assert decision is Decision.DENY


async def test_whoever_asked_for_the_turn_answers_and_is_told_what_the_policy_said(
    gatekeeper: Gatekeeper, tmp_path: Path
) -> None:
    told: list[Ruling] = []

    async def permit(_tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
        told.append(ruling)
        return Verdict(allow=tool_input == {"command": "make"})

    gatekeeper.permit = permit
    decision = await _decision(gatekeeper, _call("Bash", tmp_path, command="make"))

    assert decision is Decision.ASK
    assert (await gatekeeper.ask("Bash", {"command": "make"}, "call-1")).allow
    assert not (await gatekeeper.ask("Bash", {"command": "rm"}, "call-2")).allow
    assert told[0].cwd == str(tmp_path)
    # The CLI wanted to know of one that the policy never saw.
    assert told[1] == Ruling(decision=Decision.ASK, rule=CLAUDES_OWN, cwd=str(tmp_path))


async def test_a_call_that_claude_code_itself_wants_to_know_of_is_asked_with_its_reason(
    gatekeeper: Gatekeeper, tmp_path: Path
) -> None:
    told: list[Ruling] = []

    async def permit(_tool: str, _tool_input: JsonObject, ruling: Ruling) -> Verdict:
        told.append(ruling)
        return Verdict(allow=True)

    gatekeeper.permit = permit
    place = tmp_path / "sub"
    place.mkdir()
    allowed = await _decision(gatekeeper, _call("Read", place, file_path="a"))
    why = "outside the allowed directories " + "x" * 500
    await gatekeeper.ask("Read", {"file_path": "a"}, "call-1", why=why)

    assert allowed is Decision.ALLOW
    assert told[1] == Ruling(
        decision=Decision.ASK, rule=CLAUDES_OWN, why=why[:200], cwd=str(place)
    )


async def test_a_question_that_fails_is_a_no_and_tells_the_model_nothing(
    gatekeeper: Gatekeeper,
) -> None:
    async def permit(_tool: str, _tool_input: JsonObject, _ruling: Ruling) -> Verdict:
        raise OSError("disk of the database is full")

    gatekeeper.permit = permit
    verdict = await gatekeeper.ask("Bash", {"command": "ls"}, None)

    assert not verdict.allow
    assert "disk" not in verdict.message


async def test_what_is_allowed_does_not_run_when_it_cannot_be_written_down(
    gatekeeper: Gatekeeper, tmp_path: Path
) -> None:
    async def permit(_tool: str, _tool_input: JsonObject, ruling: Ruling) -> Verdict:
        assert ruling.decision is Decision.ALLOW
        raise OSError("disk of the database is full")

    gatekeeper.permit = permit
    call = _call("Read", tmp_path, file_path="a")

    assert await _decision(gatekeeper, call) is Decision.DENY
