"""What the policy says of a tool call before it runs."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Decision(enum.StrEnum):
    ALLOW = "allow"
    #: A person is asked.
    ASK = "ask"
    DENY = "deny"


#: In place of a rule: Claude Code itself wants to know of a call that the policy allowed, or was
#: not asked about.
CLAUDES_OWN = "claude.asks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A decision and what it rests on."""

    decision: Decision
    #: The guard's rule that was met, or CLAUDES_OWN; None: the guard found nothing.
    rule: str | None = None
    #: The part of the call that met the rule. Never a secret.
    why: str = ""
    #: The reason an owner wrote for a rule of their own.
    said: str = ""
    #: What allows it: a rule of the agent's whitelist, or `reading`.
    allowed_by: str = ""
    #: Where the call's relative paths begin.
    cwd: str = ""
    #: Two different people must say yes.
    second_person: bool = False
    #: What Claude is told of a no; empty: that nobody can allow it.
    told: str = ""
