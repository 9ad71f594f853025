"""Every call of the development corpus is judged as expected, and every rule is needed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator_core.guard import Outcome, RuleBook
from tests.guard.cases import CORPUS, corpus, expected_in, judged, standard_guard


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_each_call_is_stopped_or_let_pass_as_expected(path: Path) -> None:
    guard = standard_guard()

    wrong = [
        (case.name, outcome)
        for case in expected_in(path)
        if (outcome := judged(guard, case.tool, case.tool_input).outcome) is not case.outcome
        # Graver than expected is as good, unless it should pass.
        and (Outcome.FINE in {outcome, case.outcome} or case.outcome is Outcome.NEVER)
    ]

    assert wrong == []


def test_every_rule_is_met_by_a_call_of_the_corpus() -> None:
    guard = standard_guard()

    met = {judged(guard, case.tool, case.tool_input).rule for case in corpus()}

    assert set(RuleBook.standard().rules) - met == set()
