"""A rule as data: its id, its outcome, and the patterns of the commands it meets.

What a pattern means is in `patterns.py`; which rules there are, in `tables/`.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.guard.judgement import Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without patterns is met by code that names it.

    `said` is the owner's reason for a rule of their own; ours are in the texts, by id.
    """

    id: str
    outcome: Outcome
    patterns: tuple[str, ...] = ()
    said: str = ""


def ask(name: str, *patterns: str) -> Rule:
    return Rule(name, Outcome.ASK, patterns)


def never(name: str, *patterns: str) -> Rule:
    """Catastrophic: no agent may be spared it."""
    return Rule(name, Outcome.NEVER, patterns)
