"""The one policy: the whitelist, then the guard, which has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.guard import Judgement, Outcome, RuleBook
from orchestrator_core.model import Decision, Mode, Ruling
from orchestrator_core.ports import AgentProfile
from orchestrator_core.tool_policy import Place, ToolPolicy

LISTED = AgentProfile(name="a", allowed_tools=("Bash(make:*)", "Edit(src/**)", "mcp__notes"))


@dataclass(frozen=True, slots=True)
class FakeGuard:
    """Doubts what says `doubt`, forbids what says `wipe`, finds the rest fine."""

    book: RuleBook

    def judge(
        self, tool: str, tool_input: Mapping[str, Any], *, workspace: Path, cwd: Path
    ) -> Judgement:
        text = f"{tool} {tool_input}"
        if "broken" in text:
            raise RuntimeError("broken guard")
        if "wipe" in text:
            return Judgement(outcome=Outcome.NEVER, rule="own.wipe", why="wipe")
        if "doubt" in text:
            return Judgement(outcome=Outcome.ASK, rule="own.doubt", why="doubt", said="Why?")
        return Judgement(outcome=Outcome.FINE, rule=None, why="")


POLICY = ToolPolicy(make_guard=FakeGuard, second_person=frozenset({"own.doubt"}))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path)


def rule_on(place: Place, tool: str, profile: AgentProfile = LISTED, **tool_input: Any) -> Ruling:
    return POLICY.rule_on(tool, tool_input, profile=profile, place=place)


def test_what_is_listed_and_fine_is_allowed_by_its_rule(place: Place) -> None:
    made = rule_on(place, "Bash", command="make check")
    written = rule_on(place, "Write", file_path="src/a", content="x")
    noted = rule_on(place, "mcp__notes__add", text="x")

    assert [one.decision for one in (made, written, noted)] == [Decision.ALLOW] * 3
    assert [one.allowed_by for one in (made, written, noted)] == list(LISTED.allowed_tools)


def test_reading_inside_the_workspace_is_allowed_to_every_agent(place: Place) -> None:
    ruling = rule_on(place, "Read", AgentProfile(name="a"), file_path="a")

    assert (ruling.decision, ruling.allowed_by) == (Decision.ALLOW, "reading")


def test_what_is_fine_but_not_listed_is_asked(place: Place) -> None:
    ruling = rule_on(place, "Bash", command="ls")

    assert ruling == Ruling(decision=Decision.ASK, cwd=str(place.cwd))
    assert rule_on(place, "Read", file_path="/etc/hostname").decision is Decision.ASK
    assert rule_on(place, "NeverHeardOf", x=1).decision is Decision.ASK


def test_what_the_guard_doubts_is_asked_though_it_is_listed(place: Place) -> None:
    ruling = rule_on(place, "Bash", command="make doubt")

    assert ruling == Ruling(
        decision=Decision.ASK,
        rule="own.doubt",
        why="doubt",
        said="Why?",
        cwd=str(place.cwd),
        second_person=True,
    )


def test_what_the_guard_forbids_is_denied_though_it_is_listed_or_only_reads(
    place: Place,
) -> None:
    listed = rule_on(place, "Bash", command="make wipe")
    reading = rule_on(place, "Read", file_path="wipe")

    assert (listed.decision, listed.rule) == (Decision.DENY, "own.wipe")
    assert reading.decision is Decision.DENY


def test_a_guard_that_fails_allows_nothing(place: Place) -> None:
    with pytest.raises(RuntimeError):
        rule_on(place, "Read", file_path="broken")


def test_an_agent_has_a_guard_of_its_own_without_what_it_is_spared(place: Place) -> None:
    books: list[RuleBook] = []

    def make(book: RuleBook) -> FakeGuard:
        books.append(book)
        return FakeGuard(book)

    policy = ToolPolicy(make_guard=make)
    spared = next(
        rule.id for rule in RuleBook.standard().rules.values() if rule.outcome is Outcome.ASK
    )
    for relaxed in ((), (spared,), ()):
        profile = AgentProfile(name="a", relaxed=relaxed)
        policy.rule_on("Read", {"file_path": "a"}, profile=profile, place=place)

    assert [spared in book.rules for book in books] == [True, False]


PLANNING = replace(LISTED, mode=Mode.PLAN)
EDITING = replace(LISTED, allowed_tools=(), mode=Mode.ACCEPT_EDITS)


@pytest.mark.parametrize("tool", ["Edit", "Write", "MultiEdit"])
@pytest.mark.parametrize("path", ["src/a", "doubt"])
def test_a_session_that_plans_changes_no_file_whoever_allows_it(
    place: Place, tool: str, path: str
) -> None:
    ruling = rule_on(place, tool, PLANNING, file_path=path)

    assert ruling.decision is Decision.DENY and "plan" in ruling.told.lower()


def test_a_session_that_plans_reads_and_asks_for_the_rest_though_it_is_listed(
    place: Place,
) -> None:
    read = rule_on(place, "Read", PLANNING, file_path="src/a")
    listed = rule_on(place, "Bash", PLANNING, command="make check")
    forbidden = rule_on(place, "Write", PLANNING, file_path="wipe")

    assert [one.decision for one in (read, listed)] == [Decision.ALLOW, Decision.ASK]
    assert (forbidden.decision, forbidden.rule) == (Decision.DENY, "own.wipe")


def test_a_session_that_accepts_edits_is_not_asked_for_those_in_its_workspace(
    place: Place,
) -> None:
    inside = rule_on(place, "Edit", EDITING, file_path="src/a", old_string="a", new_string="b")
    book = rule_on(place, "NotebookEdit", EDITING, notebook_path=str(place.workspace / "n.ipynb"))

    assert [one.decision for one in (inside, book)] == [Decision.ALLOW] * 2
    assert inside.allowed_by == "acceptEdits"


def test_accepting_edits_opens_nothing_else_and_the_guard_has_the_last_word(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (place.workspace / "out").symlink_to(tmp_path_factory.mktemp("outside"))
    asked = [
        rule_on(place, "Write", EDITING, file_path="/etc/motd"),
        rule_on(place, "Write", EDITING, file_path="../x"),
        rule_on(place, "Write", EDITING, file_path="out/x"),
        rule_on(place, "Write", EDITING, file_path="doubt"),
        rule_on(place, "Write", EDITING, file_path=7),
        rule_on(place, "Bash", EDITING, command="touch src/a"),
    ]

    assert [one.decision for one in asked] == [Decision.ASK] * len(asked)
    assert rule_on(place, "Edit", EDITING, file_path="wipe").decision is Decision.DENY
