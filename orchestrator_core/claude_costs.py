"""What a turn cost, from the running totals Claude Code reports. Pure arithmetic.

Claude Code counts per conversation and saves its counter when it ends in good order. After a
kill it counts on from where it last saved, and from zero where it never did (another machine,
another session ended in this workspace since). So the total of the turn before is a base only
within one process; the base of a process's first turn is best asked of the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from orchestrator_core.model import ModelCost, Tokens

#: The totals are binary fractions; prices have far fewer digits than this.
_DIGITS = Decimal("1e-9")
#: Where Claude Code tells no models, or none that could have cost it.
UNKNOWN_MODEL = "unknown"

ByModel = Mapping[str, ModelCost]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """What stands in the message that ends a turn."""

    #: Running total; None when Claude Code gave none.
    total_usd: float | None
    #: The turn's own tokens.
    usage: Mapping[str, Any]
    #: Tokens and dollars by model, a running total like the dollars.
    model_usage: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A running total, and how it is made up as far as that is known."""

    usd: Decimal
    by_model: ByModel = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCost:
    usd: Decimal
    #: What the next turn's total is measured against.
    total_usd: Decimal
    #: Adds up to `usd`.
    by_model: tuple[ModelCost, ...] = ()


def in_usd(reported: float) -> Decimal:
    return Decimal(str(reported)).quantize(_DIGITS)


def totals_of(total_usd: float, model_usage: Mapping[str, Mapping[str, Any]]) -> Totals:
    models = {
        name: ModelCost(
            model=name,
            usd=in_usd(told.get("costUSD") or 0),
            tokens=Tokens(**{ours: int(told.get(its) or 0) for ours, its in _KINDS.items()}),
        )
        for name, told in model_usage.items()
    }
    return Totals(usd=in_usd(total_usd), by_model=models)


def cost_of_turn(report: CostReport, *, base: Decimal, models: ByModel | None = None) -> TurnCost:
    """`base` is the total before the turn, `models` what it was made up of. A base that cannot
    be right is taken for 0."""
    if report.total_usd is None:
        return TurnCost(usd=Decimal(0), total_usd=base)
    totals = totals_of(report.total_usd, report.model_usage)
    if totals.usd < base or _counts_this_turn_only(report):
        base, models = Decimal(0), {}
    usd = totals.usd - base
    grown = _grown(totals.by_model, models or {})
    return TurnCost(usd=usd, total_usd=totals.usd, by_model=shared_out(usd, grown))


def shared_out(usd: Decimal, parts: Iterable[ModelCost]) -> tuple[ModelCost, ...]:
    """The parts, made to add up to `usd`: as they are where the noise of binary fractions alone
    is between them, else each by its share."""
    known = [part for part in parts if part.usd > 0]
    if usd <= 0:
        return ()
    if not known:
        return (ModelCost(model=UNKNOWN_MODEL, usd=usd),)
    whole = sum((part.usd for part in known), Decimal(0))
    if abs(whole - usd) > len(known) * _DIGITS:
        known = [replace(part, usd=(part.usd * usd / whole).quantize(_DIGITS)) for part in known]
        whole = sum((part.usd for part in known), Decimal(0))
    known.sort(key=lambda part: (-part.usd, part.model))
    known[0] = replace(known[0], usd=known[0].usd + usd - whole)
    return tuple(known)


def added_up(parts: Iterable[ModelCost]) -> tuple[ModelCost, ...]:
    """One for each model."""
    sums: dict[str, ModelCost] = {}
    for part in parts:
        known = sums.get(part.model, ModelCost(model=part.model, usd=Decimal(0)))
        sums[part.model] = ModelCost(
            model=part.model, usd=known.usd + part.usd, tokens=known.tokens + part.tokens
        )
    return tuple(sums.values())


class CostMeter:
    """Follows the running total through the turns of one client."""

    def __init__(self, total_usd: Decimal, models: ByModel | None = None) -> None:
        #: What the next report is measured against.
        self.total_usd = total_usd
        self._models: ByModel = models or {}
        self._owed: list[TurnCost] = []

    def read(self, report: CostReport) -> None:
        cost = cost_of_turn(report, base=self.total_usd, models=self._models)
        self.total_usd = cost.total_usd
        if report.total_usd is not None:
            self._models = totals_of(report.total_usd, report.model_usage).by_model
        self._owed.append(cost)

    def take(self) -> TurnCost:
        """What was read since the last time: a turn nobody heard the end of counts too."""
        owed, self._owed = self._owed, []
        return TurnCost(
            usd=sum((cost.usd for cost in owed), Decimal(0)),
            total_usd=self.total_usd,
            by_model=added_up(part for cost in owed for part in cost.by_model),
        )


def _grown(now: ByModel, before: ByModel) -> list[ModelCost]:
    nothing = ModelCost(model="", usd=Decimal(0))
    return [
        ModelCost(
            model=name,
            usd=part.usd - before.get(name, nothing).usd,
            tokens=part.tokens - before.get(name, nothing).tokens,
        )
        for name, part in now.items()
    ]


def _counts_this_turn_only(report: CostReport) -> bool:
    counted = sum(
        int(tokens.get(kind, 0)) for tokens in report.model_usage.values() for kind in _TOTAL_KINDS
    )
    return counted == sum(int(report.usage.get(kind) or 0) for kind in _TURN_KINDS)


#: Our names for the kinds of tokens, and those of the totals.
_KINDS = {
    "input": "inputTokens",
    "output": "outputTokens",
    "cache_read": "cacheReadInputTokens",
    "cache_write": "cacheCreationInputTokens",
}
_TOTAL_KINDS = tuple(_KINDS.values())
_TURN_KINDS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
