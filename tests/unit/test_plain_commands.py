"""A shell line is split into plain commands, or it has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_core.plain_commands import plain_commands


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("git status", ["git status"]),
        ("  git   status\t-s ", ["git status -s"]),
        ("git add . && git commit -m 'a; b'", ["git add .", "git commit -m 'a; b'"]),
        ("a || b; c | d\ne\r\nf", ["a", "b", "c", "d", "e", "f"]),
        ("make 2>&1 | tail -5", ["make", "tail -5"]),
        ("make >/dev/null 2>&1", ["make"]),
        ("make &>/dev/null; ls", ["make", "ls"]),
        ('echo "two\nlines"', ['echo "two\nlines"']),
        ("FOO=1 git status", ["FOO=1 git status"]),
        ("g'it' status", ["g'it' status"]),
        ("ls *.py src/[ab]?", ["ls *.py src/[ab]?"]),
        ("echo 水", ["echo 水"]),
    ],
)
def test_plain_commands_are_told_apart(line: str, commands: list[str]) -> None:
    assert plain_commands(line) == commands


@pytest.mark.parametrize(
    "line",
    [
        *("", "  ", "a & b", "a &", "echo $(rm x)", "echo `rm x`", "echo $HOME", 'echo "$x"'),
        *("a > f", "a >> f", "a < f", "a <<E\nE", "a 2> f", "a >/dev/nullx", "a >/dev/null/x"),
        *("(a)", "{ a; }", "! a", "a {b,c}", "a \\\n b", "echo 'open", 'echo "open', "a # b"),
        *('echo "`a`"', 'echo "!x"', "cat <(ls)", "a 'b'$c", "a\x00b", "a\x0bb", "a >&f"),
        *("echo '>/dev/null' > f", "a 'b' 2>/dev/null"),
    ],
)
def test_a_line_that_could_hide_something_has_none(line: str) -> None:
    assert plain_commands(line) == []


@given(st.text(alphabet="abg '\"$`(){}<>|&;\n\\!#=*~", max_size=40))
def test_no_line_is_split_so_that_something_of_it_is_lost(line: str) -> None:
    kept, whole = (
        "".join(character for character in text if character not in "|&; \n")
        for text in ("".join(plain_commands(line)), line)
    )

    assert kept in {"", whole}
