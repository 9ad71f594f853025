"""Reading inside the workspace runs unasked; everything else is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.model import Decision
from orchestrator_core.policy import ReadingOnly


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a file, a folder, and symlinks that stay inside and lead out."""
    root = tmp_path / "workspace"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("a")
    outside = tmp_path / "workspace-of-another"
    outside.mkdir()
    (outside / "secret.txt").write_text("s")
    (root / "out").symlink_to(outside)
    (root / "out.txt").symlink_to(outside / "secret.txt")
    (root / "in.py").symlink_to(root / "src" / "a.py")
    (root / "loop").symlink_to(root / "loop")
    return root


def _decide(workspace: Path, tool: str, tool_input: dict[str, Any]) -> Decision:
    return ReadingOnly().decide(tool, tool_input, workspace=workspace, cwd=workspace)


@pytest.mark.parametrize(
    ("tool", "tool_input"),
    [
        ("Read", {"file_path": "src/a.py"}),
        ("Read", {"file_path": "src/../src/a.py", "offset": 3, "limit": 10}),
        ("Read", {"file_path": "in.py"}),
        ("Read", {"file_path": "not/there.txt"}),
        ("Glob", {"pattern": "**/*.py"}),
        ("Glob", {"pattern": "*.{py,txt}", "path": "src"}),
        ("Grep", {"pattern": "^/etc/../x", "glob": "*.py", "-n": True, "output_mode": "content"}),
        ("Grep", {"pattern": "a", "path": "."}),
    ],
)
def test_reading_inside_is_allowed(workspace: Path, tool: str, tool_input: dict[str, Any]) -> None:
    assert _decide(workspace, tool, tool_input) is Decision.ALLOW


def test_an_absolute_path_inside_is_allowed(workspace: Path) -> None:
    path = str(workspace / "src" / "a.py")

    assert _decide(workspace, "Read", {"file_path": path}) is Decision.ALLOW


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../workspace-of-another/secret.txt",
        "src/../../x",
        "~/x",
        "~root/x",
        "~nobody-of-this-name/x",
        "out",
        "out/secret.txt",
        "out.txt",
        "loop/x",
        "/proc/self/cwd/src/../../x",
        "a\x00b",
        None,
        7,
        ["src/a.py"],
    ],
)
def test_a_path_that_leads_out_is_asked(workspace: Path, path: object) -> None:
    assert _decide(workspace, "Read", {"file_path": path}) is Decision.ASK
    assert _decide(workspace, "Grep", {"pattern": "a", "path": path}) is Decision.ASK
    assert _decide(workspace, "Glob", {"pattern": "*", "path": path}) is Decision.ASK


@pytest.mark.parametrize(
    "pattern",
    [
        "/etc/*",
        "../*",
        "src/../../*",
        "~/*",
        "{src,/etc}/*",
        "{src,~}/*",
        "{/etc/*,x}",
        "out/*",
        "out/sec*",
        "..",
        "\\../x",
        "$HOME/*",
        None,
    ],
)
def test_a_pattern_that_may_climb_is_asked(workspace: Path, pattern: object) -> None:
    assert _decide(workspace, "Glob", {"pattern": pattern}) is Decision.ASK
    assert _decide(workspace, "Grep", {"pattern": "a", "glob": pattern}) is Decision.ASK


#: What JavaScript's String.trim takes off: the CLI does so before it looks for the path.
_TRIMMED = "\t\n\v\f\r \xa0\u1680\u2000\u2007\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


@pytest.mark.parametrize("blank", _TRIMMED, ids=ascii)
@pytest.mark.parametrize("path", ["/etc", "~/x", "../x", "out", "src"])
def test_a_path_or_pattern_that_the_cli_would_trim_is_asked(
    workspace: Path, path: str, blank: str
) -> None:
    for odd in (blank + path, path + blank, f"{blank}{blank}{path}", f"{path} {blank}"):
        assert _decide(workspace, "Read", {"file_path": odd}) is Decision.ASK
        assert _decide(workspace, "Grep", {"pattern": "a", "path": odd}) is Decision.ASK
        assert _decide(workspace, "Grep", {"pattern": "a", "glob": odd}) is Decision.ASK
        assert _decide(workspace, "Glob", {"pattern": "*", "path": odd}) is Decision.ASK
        assert _decide(workspace, "Glob", {"pattern": odd}) is Decision.ASK


@pytest.mark.parametrize("pattern", ["out /*", "out\ufeff/*", "\ufeff/etc/*", "out \t/sec*"])
def test_a_pattern_whose_fixed_beginning_the_cli_would_trim_is_asked(
    workspace: Path, pattern: str
) -> None:
    assert _decide(workspace, "Glob", {"pattern": pattern}) is Decision.ASK


@pytest.mark.parametrize(
    "control", ["\x00", "\x01", "\n", "\x1b", "\x7f", "\x85", "\x9f"], ids=ascii
)
def test_a_control_character_anywhere_is_asked(workspace: Path, control: str) -> None:
    odd = f"src/a{control}b"

    assert _decide(workspace, "Read", {"file_path": odd}) is Decision.ASK
    assert _decide(workspace, "Glob", {"pattern": odd}) is Decision.ASK


def test_white_space_within_a_name_is_allowed(workspace: Path) -> None:
    assert _decide(workspace, "Read", {"file_path": "src/my notes.txt"}) is Decision.ALLOW
    assert _decide(workspace, "Glob", {"pattern": "src/my notes*"}) is Decision.ALLOW


def test_a_path_that_leads_out_once_its_accents_are_composed_is_asked(
    workspace: Path, tmp_path: Path
) -> None:
    """The CLI looks for the composed spelling, whichever it was given."""
    (workspace / "caf\u00e9").symlink_to(tmp_path)

    assert _decide(workspace, "Read", {"file_path": "cafe\u0301/x"}) is Decision.ASK
    assert _decide(workspace, "Glob", {"pattern": "cafe\u0301/*"}) is Decision.ASK
    assert _decide(workspace, "Read", {"file_path": "the\u0301/x"}) is Decision.ALLOW


@pytest.mark.parametrize(
    "tool",
    ["Bash", "Write", "Edit", "NotebookEdit", "WebFetch", "Task", "mcp__files__read", "read", ""],
)
def test_any_other_tool_is_asked(workspace: Path, tool: str) -> None:
    assert _decide(workspace, tool, {}) is Decision.ASK


def test_an_input_nobody_has_heard_of_is_asked(workspace: Path) -> None:
    odd = {"pattern": "a", "follow_symlinks": True}

    assert _decide(workspace, "Grep", odd) is Decision.ASK


def test_a_search_that_begins_outside_is_asked_though_it_names_no_path(
    workspace: Path, tmp_path: Path
) -> None:
    """Claude's shell may have changed its directory before."""
    policy = ReadingOnly()
    calls: list[tuple[str, dict[str, Any]]] = [
        ("Glob", {"pattern": "*"}),
        ("Grep", {"pattern": "a"}),
        ("Read", {"file_path": "secret.txt"}),
    ]
    cwd = tmp_path / "workspace-of-another"

    for tool, tool_input in calls:
        assert policy.decide(tool, tool_input, workspace=workspace, cwd=cwd) is Decision.ASK


def test_a_workspace_reached_through_a_symlink_is_the_workspace(
    workspace: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(workspace)

    assert _decide(link, "Read", {"file_path": "src/a.py"}) is Decision.ALLOW
    assert _decide(link, "Read", {"file_path": str(workspace / "in.py")}) is Decision.ALLOW


def test_a_workspace_that_is_gone_allows_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _decide(tmp_path / "gone", "Read", {"file_path": "a.py"})
