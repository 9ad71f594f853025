"""Paths are judged by where they really lead: links, `..`, and the directory a script is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator_core.guard import Guard, Outcome, RuleBook


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    """A home outside of /tmp's freedom is not to be had in tests, so the home is what is near."""
    workspace = tmp_path / "home" / "work"
    (workspace / "src").mkdir(parents=True)
    (tmp_path / "home" / ".ssh").mkdir()
    (workspace / "keys").symlink_to(tmp_path / "home" / ".ssh")
    (workspace / "up").symlink_to(tmp_path / "home")
    return tmp_path


def judge(ground: Path, tool: str, cwd: str = "", **tool_input: str) -> Outcome:
    home = ground / "home"
    guard = Guard(RuleBook.standard(), home=home)
    workspace = home / "work"
    return guard.judge(tool, tool_input, workspace=workspace, cwd=workspace / cwd).outcome


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("cat keys/id_x", Outcome.ASK),
        ("echo x > keys/authorized_keys", Outcome.ASK),
        ("echo x > up/.bashrc", Outcome.ASK),
        ("rm -rf up/", Outcome.NEVER),
        ("rm up", Outcome.FINE),
        ("rm -rf src/../up/", Outcome.NEVER),
        ("rm -rf src/../../../home", Outcome.NEVER),
        ("rm src/../notes", Outcome.FINE),
        ("echo x > src/../notes", Outcome.FINE),
    ],
)
def test_a_link_is_judged_by_where_it_leads(ground: Path, command: str, outcome: Outcome) -> None:
    assert judge(ground, "Bash", command=command) is outcome


def test_a_file_tool_is_judged_by_where_a_link_leads(ground: Path) -> None:
    assert judge(ground, "Write", file_path="keys/authorized_keys", content="x") is Outcome.ASK
    assert judge(ground, "Edit", file_path="src/a.py", old_string="a", new_string="b") is (
        Outcome.FINE
    )


def test_relative_paths_begin_where_the_call_does(ground: Path) -> None:
    assert judge(ground, "Bash", "src", command="rm -rf ../../work") is Outcome.ASK
    assert judge(ground, "Bash", "src", command="rm -rf ../build") is Outcome.FINE
    assert judge(ground, "Bash", "src", command="cd .. && rm -rf *") is Outcome.ASK


def test_a_directory_that_may_or_may_not_have_been_entered_counts_both_ways(ground: Path) -> None:
    assert judge(ground, "Bash", command="false && cd src; rm -rf *") is Outcome.ASK


def test_what_may_have_been_set_is_not_known(ground: Path) -> None:
    assert judge(ground, "Bash", command="X=rm; test -f a && X=ls; $X -rf /") is Outcome.ASK
