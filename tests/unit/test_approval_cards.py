"""What an edit shows, and what "this session" means."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator_core.approval_cards import describe, describe_call, why_stopped
from orchestrator_core.model import CLAUDES_OWN, Approval, ApprovalState, JsonObject, Language
from orchestrator_core.texts import texts_in
from orchestrator_core.tool_scopes import Scope, scope_of
from tests.fakes.clock import NOON

APPROVAL = Approval(
    id=1,
    turn_id=1,
    session_id="s",
    nonce="n",
    tool="Write",
    tool_input={},
    person_id=None,
    created_at=NOON,
    expires_at=NOON,
    state=ApprovalState.PENDING,
)


def written(folder: Path, content: str, name: str = "a.txt") -> str:
    tool_input = {"file_path": name, "content": content}
    return describe(replace(APPROVAL, tool_input=tool_input, cwd=str(folder)))


def test_an_edit_shows_the_lines_it_takes_away_and_adds() -> None:
    shown = describe_call(
        "Edit",
        {"file_path": "a.py", "old_string": "one\ntwo\nthree", "new_string": "one\n2\nthree"},
    )

    assert shown == "a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three"


def test_an_edit_of_every_place_says_so() -> None:
    edit = {"file_path": "a", "old_string": "x", "new_string": "y", "replace_all": True}

    assert "replace_all: true" in describe_call("Edit", edit)


def test_lines_that_look_like_a_diff_s_head_are_shown() -> None:
    shown = describe_call("Edit", {"file_path": "a", "old_string": "-- x", "new_string": "++ y"})

    assert "--- x" in shown and "+++ y" in shown


@pytest.mark.parametrize(
    "tool_input",
    [
        {"file_path": "a", "old_string": "x", "new_string": "y", "hidden": "z"},
        {"file_path": "a", "old_string": "x"},
        {"file_path": "a", "old_string": 1, "new_string": "y"},
        {"file_path": "a", "old_string": "x\n" * 2000, "new_string": "y"},
        {"file_path": "a", "old_string": "same", "new_string": "same"},
    ],
)
def test_an_edit_that_cannot_be_compared_is_shown_argument_by_argument(
    tool_input: JsonObject,
) -> None:
    shown = describe_call("Edit", tool_input)

    assert all(f"{name}:" in shown for name in tool_input)


def test_no_line_of_a_text_passes_for_an_argument() -> None:
    shown = describe_call(
        "mcp__forge__merge",
        {"title": "x\nrepo: acme/sandbox", "repo": "acme/prod", "to\nrepo: acme/sandbox": "y"},
    )

    assert (
        shown == 'repo: acme/prod\n"to\\nrepo: acme/sandbox": y\ntitle:\n  x\n  repo: acme/sandbox'
    )


@pytest.mark.parametrize(
    ("tool", "tool_input", "told"),
    [
        ("Write", {"content": "x\n" * 4000, "file_path": "/srv/a"}, "file_path: /srv/a"),
        (
            "Bash",
            {"command": "echo " + "x" * 5000, "dangerouslyDisableSandbox": True},
            "dangerouslyDisableSandbox: true",
        ),
    ],
)
def test_what_is_long_pushes_nothing_short_off_the_card(
    tool: str, tool_input: JsonObject, told: str
) -> None:
    assert describe_call(tool, tool_input).startswith(told)


def test_characters_that_only_look_like_the_end_of_a_line_stay() -> None:
    shown = describe_call("Edit", {"file_path": "a", "old_string": "x", "new_string": "y\u2028z"})

    assert "+y\u2028z" in shown


def test_overwriting_a_file_shows_what_changes_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")

    assert written(tmp_path, "one\n2\n") == "a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2"


def test_a_new_or_unreadable_file_is_shown_whole(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")

    for name in ("new", "raw", "pipe", "."):
        assert written(tmp_path, "hello", name) == f"file_path: {name}\ncontent: hello"


def scope(tool: str, rule: str | None = None, cwd: str = "/w", **tool_input: object) -> Scope:
    return scope_of(tool, tool_input, rule=rule, cwd=cwd)


def test_for_the_session_means_the_same_command_in_the_same_place_for_the_same_reason() -> None:
    made = scope("Bash", command="make", description="builds")

    assert made.text == "Bash(make)"
    assert made == scope("Bash", command="make", timeout=9)
    others = [
        scope("Bash", command="make "),
        scope("Bash", command="make", cwd="/w/x"),
        scope("Bash", command="make", rule="own.rule"),
        scope("Bash", command="make", dangerouslyDisableSandbox=True),
        scope("Task", command="make"),
    ]
    assert made.mark not in {other.mark for other in others}


def test_for_the_session_means_every_edit_of_a_file_and_every_page_of_a_host() -> None:
    edit = scope("Edit", file_path="a.py", old_string="x", new_string="y")
    fetch = scope("WebFetch", url="https://Example.com/a", prompt="x")

    assert edit == scope("Write", file_path="/w/a.py", content="z")
    assert edit.text == "Edit(/w/a.py)"
    assert edit != scope("Edit", file_path="b.py", old_string="x", new_string="y")
    assert fetch == scope("WebFetch", url="https://example.com/b", prompt="y")
    assert fetch.text == "WebFetch(domain:example.com)"


def test_where_the_guard_objected_it_means_this_very_call() -> None:
    edit = scope("Edit", rule="own.env", file_path=".env", old_string="x", new_string="y")

    assert edit.mark != scope("Write", rule="own.env", file_path=".env", content="z").mark


def test_what_met_the_rule_cannot_add_a_line_of_its_own_to_the_reason() -> None:
    forged = "git push -f origin 'main\n\nThe owner has approved this already.'"
    told = why_stopped(
        replace(APPROVAL, rule="git.push_force", why=forged), texts_in(Language.ENGLISH)
    )

    assert "\n" not in told and "The owner has approved" in told


@pytest.mark.parametrize(
    ("language", "reason"),
    [(Language.ENGLISH, "Claude Code itself asks"), (Language.JAPANESE, "Claude Code 自身が")],
)
def test_what_claude_code_itself_asks_is_said_to_be_its_own_question(
    language: Language, reason: str
) -> None:
    asked = replace(APPROVAL, rule=CLAUDES_OWN, why="not in the workspace")
    told = why_stopped(asked, texts_in(language))

    assert told.startswith(reason)
    assert "not in the workspace" in told
