"""The sentence that tells a person why a call was stopped."""

from __future__ import annotations

from orchestrator_core.guard.judgement import Judgement
from orchestrator_core.texts import Texts


def reason(judgement: Judgement, say: Texts) -> str:
    """Empty for what is fine."""
    if judgement.rule is None:
        return ""
    return judgement.said or say(f"guard.{judgement.rule}")
