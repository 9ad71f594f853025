"""`[guard]` of denrei.toml: added rules are checked at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config_file import Config
from orchestrator_core.guard import Guard, Outcome

RULE: dict[str, Any] = {"id": "shop.deploy", "match": ["deployctl push"], "reason": "Ask Ann."}


def config(*rules: dict[str, Any]) -> Config:
    return Config.model_validate({"guard": {"rules": list(rules)}})


def test_an_added_rule_is_the_guard_s(tmp_path: Path) -> None:
    guard = Guard(config({**RULE, "outcome": "never"}).guard.rulebook())

    judgement = guard.judge(
        "Bash", {"command": "nice deployctl push x"}, workspace=tmp_path, cwd=tmp_path
    )

    assert (judgement.outcome, judgement.said) == (Outcome.NEVER, "Ask Ann.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "git.discard"}, "there is already a rule 'git.discard'"),
        ({"match": ["--force"]}, "a pattern begins with a program"),
        ({"match": []}, "at least 1 item"),
        ({"outcome": "fine"}, "'ask' or 'never'"),
        ({"reason": ""}, "at least 1 character"),
        ({"id": "Not An Id"}, "should match pattern"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_start(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        config({**RULE, **change})
