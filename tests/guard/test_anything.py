"""Whatever is asked, the guard answers; and no wrapping makes a catastrophe fine."""

from __future__ import annotations

import base64
import shlex
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_core.guard import Outcome
from tests.guard.cases import judged, standard_guard

GUARD = standard_guard()
TOOLS = ["Bash", "Write", "Edit", "Read", "Glob", "WebFetch", "mcp__a__b", "mcp__a__run", "X"]
PIECES = [
    *("rm", "-rf", "/", "~", "$X", "${X:-rm}", "$(", ")", "`", "'", '"', "|", "&&", ";", "\n"),
    *("<<EOF", "EOF", ">", "<(", "{a,b}", "{", "}", "if", "then", "fi", "for", "in", "do", "done"),
    *("sudo", "xargs", "sh -c", "eval", "X=rm", "python -c", "awk", "sed -i", "git", "[[", "]]"),
    *("((", "\\", "*", "?", "=", "$'\\x72'", "f()", "case", "esac", "curl", "docker run", "\x00"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(["command", "file_path", "path", "url", "sql", "args", "pattern", "x"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(["", " "]))
def test_shell_text_of_any_shape_is_answered(pieces: list[str], between: str) -> None:
    assert judged(GUARD, "Bash", {"command": between.join(pieces)}).outcome in Outcome


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    assert judged(GUARD, "Bash", {"command": text}).outcome in Outcome


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TOOLS) | st.text(max_size=10), st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_input_of_any_tool_is_answered(tool: str, tool_input: dict[str, Any]) -> None:
    assert judged(GUARD, tool, tool_input).outcome in Outcome


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["python -c", "node -e", "perl -e", "ruby -e", "php -r", "awk"]), st.text())
def test_code_of_any_shape_is_answered(program: str, code: str) -> None:
    command = f"{program} {shlex.quote(code)}"

    assert judged(GUARD, "Bash", {"command": command}).outcome in Outcome


@pytest.mark.parametrize("sign", ["(", "$(", "{ ", "`", "<(", "if a; then "])
def test_what_is_nested_without_end_is_answered(sign: str) -> None:
    assert judged(GUARD, "Bash", {"command": sign * 5000}).outcome is Outcome.ASK


def _quoted_in_shell(command: str) -> str:
    return f"sh -c {shlex.quote(command)}"


def _in_base64(command: str) -> str:
    return f"echo {base64.b64encode(command.encode()).decode()} | base64 -d | sh"


def _in_python(command: str) -> str:
    return f"python3 -c {shlex.quote(f'import os; os.system({command!r})')}"


WRAPPINGS: list[Callable[[str], str]] = [
    _quoted_in_shell,
    _in_base64,
    _in_python,
    lambda command: f"eval {shlex.quote(command)}",
    lambda command: f'X={shlex.quote(command)}; eval "$X"',
    lambda command: f"echo {shlex.quote(command)} | bash",
    lambda command: f"bash <<'M{len(command)}'\n{command}\nM{len(command)}",
    lambda command: f"f() {{ {command}\n}}; f",
    lambda command: f"true && ( {command}\n)",
    lambda command: f"if true; then {command}\nfi",
    lambda command: f"for i in 1; do {command}\ndone",
    lambda command: f'echo "$({command}\n)"',
    lambda command: f"cat <({command}\n)",
    lambda command: f"sudo -u root env A=1 timeout 5 {_quoted_in_shell(command)}",
    lambda command: f"nohup nice -n 5 {_quoted_in_shell(command)} &",
    lambda command: f"find . -exec {_quoted_in_shell(command)} \\;",
    lambda command: f"ssh host {shlex.quote(command)}",
    lambda command: f"trap {shlex.quote(command)} EXIT",
    lambda command: f"cd src; ls; {command}\npwd",
    lambda command: f"printf %s {shlex.quote(command)} > run.sh; sh run.sh",
]
#: Of programs that no table knows.
HELD: list[Callable[[str], str]] = [
    lambda command: f"some-runner --watch -- {command}",
    lambda command: f"some-runner --exec {shlex.quote(command)}",
    lambda command: f"some-runner --exec={shlex.quote(command)} build",
    lambda command: f"some-runner run {shlex.quote(f'task: {command}')}",
    lambda command: f"SOME_EDITOR={shlex.quote(command)} some-runner",
    lambda command: f"some-runner {shlex.quote(f'x:execute({command})+abort')}",
    lambda command: f"echo {shlex.quote(command)} > tasks.conf; some-runner -f tasks.conf",
]
PROGRAMS = ["rm", "\\rm", "'rm'", 'r"m"', "/bin/rm", "$'\\x72m'", "command rm", "$(echo rm)"]
OPTIONS = ["-rf", "-r -f", "-fr", "--recursive --force", "--recur -f", "-Rfv"]
TARGETS = ["/", "~", '"$HOME"', "/etc", "/*", "/usr/../", "{/usr,/var}", "//", "-- /"]


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(PROGRAMS),
    st.sampled_from(OPTIONS),
    st.sampled_from(TARGETS),
    st.lists(st.sampled_from(WRAPPINGS), max_size=4),
)
def test_a_catastrophe_is_never_fine_however_it_is_wrapped(
    program: str, options: str, target: str, wrappings: list[Callable[[str], str]]
) -> None:
    command = f"{program} {options} {target}"
    for wrap in wrappings:
        command = wrap(command)

    assert judged(GUARD, "Bash", {"command": command}).outcome is Outcome.NEVER


@pytest.mark.parametrize("hold", HELD)
@pytest.mark.parametrize("command", ["rm -rf /", "sudo rm -rf ~", "/bin/rm -rf /etc"])
def test_a_catastrophe_is_seen_in_the_arguments_of_a_program_nobody_knows(
    hold: Callable[[str], str], command: str
) -> None:
    assert judged(GUARD, "Bash", {"command": hold(command)}).outcome is Outcome.NEVER


@pytest.mark.parametrize(
    "command",
    [
        "some-runner " + "rm -x " * 8000,
        "cat <<E\n" + "$x " * 15000 + "\nE",
        "xargs " * 5000,
        "hyperfine " * 5000 + "ls",
        "some-runner " + '"rm -rf a b" ' * 3000,
    ],
    ids=lambda command: command[:12],
)
def test_what_is_long_is_answered_before_anyone_waits(command: str) -> None:
    begun = time.process_time()

    judged(GUARD, "Bash", {"command": command})

    assert time.process_time() - begun < 1
