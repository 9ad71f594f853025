"""A whitelist's rules, in Claude Code's own syntax."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.tool_rules import parse_rule


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "away").symlink_to(tmp_path)
    return root


def allows(rule: str, tool: str, workspace: Path, **tool_input: Any) -> bool:
    parsed = parse_rule(rule)
    return parsed.allows(tool, tool_input, workspace=workspace, cwd=workspace)


@pytest.mark.parametrize(
    ("rule", "command"),
    [
        ("Bash", "anything $(at all)"),
        ("Bash(git status)", "git status"),
        ("Bash(git status:*)", "git status"),
        ("Bash(git status:*)", "git status -s && git status"),
        ("Bash(npm run test *)", "npm run test unit"),
        ("Bash(* --help)", "docker run --help"),
        ("Bash(echo $HOME)", "echo $HOME"),
        ("Bash(make:*)", "make check 2>&1"),
    ],
)
def test_a_command_may_run(workspace: Path, rule: str, command: str) -> None:
    assert allows(rule, "Bash", workspace, command=command, description="x", timeout=5)


@pytest.mark.parametrize(
    ("rule", "command"),
    [
        ("Bash(git status:*)", "git statusx"),
        ("Bash(git status:*)", "git status && git push"),
        ("Bash(git status:*)", "git status; rm -rf ."),
        ("Bash(git status:*)", "git status | sh"),
        ("Bash(git status:*)", "git status $(rm x)"),
        ("Bash(git status:*)", "git status > /etc/passwd"),
        ("Bash(git status:*)", "git status & rm x"),
        ("Bash(git status:*)", "git status\nrm x"),
        ("Bash(git status:*)", "X=1 git status"),
        ("Bash(git status)", "git status -s"),
        ("Bash(npm run test *)", "npm run testing"),
        ("Bash(npm run test *)", "npm run test a; curl b"),
        ("Bash(echo *)", "echo $HOME"),
        ("Read", "ls"),
    ],
)
def test_another_command_is_left_to_a_person(workspace: Path, rule: str, command: str) -> None:
    assert not allows(rule, "Bash", workspace, command=command)


def test_what_changes_how_a_command_runs_is_not_in_any_rule(workspace: Path) -> None:
    assert not allows("Bash(ls)", "Bash", workspace, command="ls", run_in_background=True)
    assert not allows("Bash(ls)", "Bash", workspace, command=["ls"])


@pytest.mark.parametrize(
    ("rule", "tool", "path"),
    [
        ("Edit(src/**)", "Edit", "src/a.py"),
        ("Edit(src/**)", "Write", "src/deep/b.py"),
        ("Write(src/**)", "Edit", "src/a.py"),
        ("Edit(src)", "Edit", "src/deep/b.py"),
        ("Edit(/src/*)", "Edit", "src/a.py"),
        ("Edit(./src/*)", "Edit", "src/a.py"),
        ("Edit(*.py)", "Edit", "src/deep/b.py"),
        ("Edit(src/**/b.py)", "Edit", "src/b.py"),
        ("Edit(s?c/a.py)", "Edit", "src/a.py"),
        ("Edit", "Write", "anywhere"),
        ("Read(//etc/hostname)", "Read", "/etc/hostname"),
        ("Edit(src/**)", "Edit", "src/deep/../a.py"),
    ],
)
def test_a_file_is_in_the_pattern(workspace: Path, rule: str, tool: str, path: str) -> None:
    assert allows(rule, tool, workspace, file_path=path)


@pytest.mark.parametrize(
    ("rule", "tool", "path"),
    [
        ("Edit(src/**)", "Edit", "src/../secret"),
        ("Edit(src/**)", "Edit", "srcs/a.py"),
        ("Edit(src/*)", "Edit", "../src/a.py"),
        ("Edit(src/a.py)", "Edit", "src/deep/a.py"),
        ("Edit(src/**)", "Read", "src/a.py"),
        ("Edit(**)", "Edit", "away/file"),
        ("Edit(**)", "Edit", "/etc/passwd"),
        ("Edit(away/**)", "Edit", "away/file"),
        ("Edit(src/**)", "Edit", " src/a.py"),
        ("Edit(src/**)", "Edit", "src/a\0.py"),
        ("Edit(s*)", "Edit", "x/y"),
        ("Edit(~/x)", "Edit", "~/y"),
    ],
)
def test_a_file_is_not_in_the_pattern(workspace: Path, rule: str, tool: str, path: str) -> None:
    assert not allows(rule, tool, workspace, file_path=path)


def test_a_notebook_is_edited_by_the_same_right(workspace: Path) -> None:
    assert allows("Edit(*.ipynb)", "NotebookEdit", workspace, notebook_path="a.ipynb")
    assert not allows("Edit(*.ipynb)", "NotebookEdit", workspace, notebook_path="a.py")
    assert not allows("Edit(src)", "Edit", workspace)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://docs.example.com/x?y=z", True),
        ("https://DOCS.example.com", True),
        ("https://docs.example.com.evil.net/", False),
        ("https://evil.net/docs.example.com", False),
        ("https://docs.example.com@evil.net/", False),
        ("https://evil.net\\@docs.example.com/", False),
        ("ftp://docs.example.com/", False),
        ("https://[broken", False),
        (None, False),
    ],
)
def test_a_host_is_the_whole_host(workspace: Path, url: object, fine: bool) -> None:
    assert allows("WebFetch(domain:docs.example.com)", "WebFetch", workspace, url=url) is fine


def test_a_star_stands_for_hosts_below_another(workspace: Path) -> None:
    rule = "WebFetch(domain:*.example.com)"

    assert allows(rule, "WebFetch", workspace, url="https://a.example.com")
    assert not allows(rule, "WebFetch", workspace, url="https://example.com")
    assert not allows(rule, "WebFetch", workspace, url="https://badexample.com")


@pytest.mark.parametrize(
    ("rule", "tool", "fine"),
    [
        ("mcp__github", "mcp__github__get_issue", True),
        ("mcp__github__*", "mcp__github__get_issue", True),
        ("mcp__github__get_issue", "mcp__github__get_issue", True),
        ("mcp__github__get_issue", "mcp__github__get_issue_and_delete", False),
        ("mcp__github", "mcp__github2__get_issue", False),
        ("mcp__git", "mcp__github__get_issue", False),
    ],
)
def test_a_server_s_tools_are_named_one_by_one_or_all(
    workspace: Path, rule: str, tool: str, fine: bool
) -> None:
    assert allows(rule, tool, workspace, anything=1) is fine


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "is no rule"),
        ("Bash(git status", "is no rule"),
        ("git status", "is no rule"),
        ("Bash()", "nothing between"),
        ("Bsah(ls)", "does not have here"),
        ("WebFetch(example.com)", "write WebFetch(domain:"),
        ("WebSearch(x)", "takes nothing"),
        ("mcp__", "write mcp__server"),
        ("mcp__a__b(c)", "write mcp__server"),
        ("Edit(../x)", "must not climb"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_a_sentence(rule: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_rule(rule)
