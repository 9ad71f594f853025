"""The house rules that no linter has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "commands", "orchestrator_core", "storage")
MAX_FILE_LINES, MAX_FUNCTION_LINES = 300, 40
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    # Written by a tool.
    if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def offenders(pattern: str, paths: list[Path]) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{named(path)}:{number}"
        for path in paths
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if wanted.search(line)
    ]


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_a_file_is_short_and_so_are_its_functions(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_FILE_LINES
    long = [
        one.name
        for one in functions(path)
        if (one.end_lineno or 0) - one.lineno >= MAX_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.read_text()], ids=named)
def test_a_file_says_what_it_holds(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_tests_use_fakes_not_patches() -> None:
    assert offenders(r"\bmock\b|MagicMock|AsyncMock|monkeypatch\.setattr\b", TESTS) == []


def test_tests_wait_for_things_not_for_time() -> None:
    """Benchmarks measure time and chaos is dealt in it, so they may spend it; `sleep(0)` only
    lets others run."""
    tests = [path for path in TESTS if not {"benchmarks", "chaos"} & {*path.parts}]
    assert offenders(r"\b(time|asyncio)\.sleep\((?!0\))", tests) == []


def test_no_work_is_left_lying_about() -> None:
    marks = "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"))
    assert offenders(rf"\b({marks})\b", [*SOURCES, *TESTS]) == []


def is_event(call: ast.Call) -> bool:
    match call.args:
        case [ast.Constant(value=str(text))]:
            return re.fullmatch(r"[a-z ]+", text) is not None
    return False


def test_a_log_line_is_an_event_in_plain_words_and_its_facts_are_extras() -> None:
    odd = [
        f"{named(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("logger.")
        and not is_event(node)
    ]
    assert odd == []
    assert offenders(r"^(?!logger = ).*getLogger\(__name__\)", SOURCES) == []
    assert offenders(r"\blogging\.(debug|info|warning|error|exception|critical)\(", SOURCES) == []


def test_only_the_settings_read_the_environment() -> None:
    """They do so through pydantic. What hands the environment on to a child process, or
    starts before there are settings, may look at it too."""
    reading = r"os\.environ\b|os\.getenv\("
    found = {place.split(":")[0] for place in offenders(reading, SOURCES)}
    assert found == {
        "bot/cli.py",
        "bot/simulator/demo.py",
        "orchestrator_core/claude_launcher.py",
        "orchestrator_core/warden.py",
        "storage/database.py",
        "storage/embedded_valkey.py",
    }
