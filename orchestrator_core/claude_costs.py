"""What a turn cost, from the running totals Claude Code reports. Pure arithmetic.

Claude Code counts per conversation and saves its counter when it ends in good order. After a
kill it counts on from where it last saved, and from zero where it never did (another machine,
another session ended in this workspace since). So the total of the turn before is a base only
within one process; the base of a process's first turn is best asked of the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: The totals are binary fractions; prices have far fewer digits than this.
_DIGITS = Decimal("1e-9")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """What stands in the message that ends a turn."""

    #: Running total; None when Claude Code gave none.
    total_usd: float | None
    #: The turn's own tokens.
    usage: Mapping[str, Any]
    #: Tokens by model, a running total like the dollars.
    model_usage: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCost:
    usd: Decimal
    #: What the next turn's total is measured against.
    total_usd: Decimal


def in_usd(reported: float) -> Decimal:
    return Decimal(str(reported)).quantize(_DIGITS)


def cost_of_turn(report: CostReport, *, base: Decimal) -> TurnCost:
    """`base` is the total before the turn. One that cannot be right is taken for 0."""
    if report.total_usd is None:
        return TurnCost(usd=Decimal(0), total_usd=base)
    total = in_usd(report.total_usd)
    restarted = total < base or _counts_this_turn_only(report)
    return TurnCost(usd=total if restarted else total - base, total_usd=total)


class CostMeter:
    """Follows the running total through the turns of one client."""

    def __init__(self, total_usd: Decimal) -> None:
        #: What the next report is measured against.
        self.total_usd = total_usd
        self._owed = Decimal(0)

    def read(self, report: CostReport) -> None:
        cost = cost_of_turn(report, base=self.total_usd)
        self.total_usd = cost.total_usd
        self._owed += cost.usd

    def take(self) -> Decimal:
        """What was read since the last time: a turn nobody heard the end of counts too."""
        owed, self._owed = self._owed, Decimal(0)
        return owed


def _counts_this_turn_only(report: CostReport) -> bool:
    counted = sum(
        int(tokens.get(kind, 0)) for tokens in report.model_usage.values() for kind in _TOTAL_KINDS
    )
    return counted == sum(int(report.usage.get(kind) or 0) for kind in _TURN_KINDS)


_TOTAL_KINDS = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
_TURN_KINDS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
