"""What the guard answers about one tool call.

Plain values; knows neither rules nor shells.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    FINE = "fine"
    ASK = "ask"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`why` is the part of the call that the rule met, for showing; never a secret's value.

    `said` is what the owner wrote as the reason of a rule of their own; empty for ours.
    """

    outcome: Outcome
    rule: str | None
    why: str
    said: str = ""


FINE = Judgement(outcome=Outcome.FINE, rule=None, why="")
