"""The runbooks are whole, and name only metrics and log events that the code really writes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.metrics import COUNTERS, LEVELS, PrometheusMetrics
from orchestrator_core.model import DeliveryState, InboxState, TurnState
from tests.documents import OPERATIONS_PAGES, PACKAGES, PAGES, ROOT, names, page_id, table

#: Counters by which a page may sort, with the values that occur.
STATES = {
    "denrei_turns_total": {state.value for state in TurnState},
    "denrei_deliveries_total": {state.value for state in DeliveryState},
    "denrei_inbox_events_total": {state.value for state in InboxState},
}


@pytest.mark.parametrize("page", OPERATIONS_PAGES, ids=page_id)
def test_every_runbook_has_its_four_headings(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)

    assert headings == ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_the_index_of_the_runbooks_is_whole() -> None:
    folder = ROOT / "runbooks"
    index = (folder / "README.md").read_text()
    pages = [*folder.glob("*.md"), *(folder / "decisions").glob("*.md")]

    assert [
        page.name for page in pages if f"{page.name})" not in index and page.name != "README.md"
    ] == []


def test_every_log_event_in_the_runbooks_exists() -> None:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    logged = {text for method, text in calls() if method in levels}
    told = {
        name for page in OPERATIONS_PAGES for name in names(table(page.read_text(), "Log event"))
    }

    assert told
    assert told - logged == set()


def exported() -> set[str]:
    """Metrics that are really written: a counter counts only if some code counts it."""
    written = {text for method, text in calls() if method in {"count", "level"}}
    silent = {f"denrei_{name}" for name in (COUNTERS.keys() | LEVELS.keys()) - written}
    families = PrometheusMetrics().registry.collect()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
        if family.name not in silent
    }


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_metric_a_page_names_exists(page: Path) -> None:
    named = re.findall(
        r"\bdenrei_[a-z_]+\b|\b(?:claude|anthropic)_[a-z_]+_(?:total|active|ms)\b",
        page.read_text(),
    )

    assert set(named) - exported() == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_state_a_page_counts_exists(page: Path) -> None:
    text = page.read_text()
    counted = re.findall(r'(denrei_\w+_total)\{(?:state|outcome)="(\w+)"\}', text)

    assert [(metric, state) for metric, state in counted if state not in STATES[metric]] == []


def calls() -> Iterator[tuple[str, str]]:
    """Name of the method and first argument of every call in our code that begins with text."""
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Attribute(attr=method), args=[ast.Constant(value=str(text)), *_]
                    ):
                        yield method, text
