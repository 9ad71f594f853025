"""What the guard forbids is told to the person too, not only to Claude."""

from __future__ import annotations

import pytest

from orchestrator_core.model import Decision, Language, Ruling
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Step, UseTool, finished
from tests.turns import run_all

PUSH = Ruling(decision=Decision.DENY, rule="git.push_force", why="git push --force")
FORMAT = Ruling(decision=Decision.DENY, rule="disk.format", why="mkfs /dev/sda")
OWN = Ruling(decision=Decision.DENY, rule="own", said="Not on this machine.")
PLAN = Ruling(decision=Decision.DENY, told="Plan mode.")


async def told(
    *rulings: Ruling, text: str = "Done.", language: Language = Language.ENGLISH
) -> list[str]:
    """The lines of the answer of a turn in which these were decided."""
    steps: list[Step] = [UseTool(tool="Bash", tool_input={}, ruling=one) for one in rulings]
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [*steps, finished(text)]))
    await core.know(language=language)
    await core.ask(await core.session())
    await run_all(core.worker())
    [answer] = await core.texts()
    return [line for line in answer.splitlines() if line]


async def test_what_never_runs_is_told_with_the_answer_once_for_each_rule() -> None:
    assert await told(PUSH, FORMAT, PUSH, OWN) == [
        "Done.",
        "I stopped something that never runs here: "
        "It would overwrite what others may already have from the remote.",
        "I stopped something that never runs here: It would erase a disk or file system.",
        "I stopped something that never runs here: Not on this machine.",
    ]


async def test_it_is_told_in_the_person_s_language_without_the_rule_s_name() -> None:
    [_, line] = await told(PUSH, language=Language.JAPANESE)

    assert line.startswith("ここでは決して実行しない操作を止めました：")
    assert "push_force" not in line


async def test_it_is_told_where_claude_says_nothing_too() -> None:
    [nothing, line] = await told(FORMAT, text="")

    assert nothing == "Done. (Claude wrote no text.)"
    assert line.startswith("I stopped something that never runs here:")


@pytest.mark.parametrize(
    "ruling", [PLAN, Ruling(decision=Decision.ALLOW, allowed_by="reading"), None]
)
async def test_what_no_rule_of_the_guard_forbade_is_not_told(ruling: Ruling | None) -> None:
    assert await told(*([ruling] if ruling else [])) == ["Done."]
