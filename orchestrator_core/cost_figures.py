"""What is added to the figure of costs, gathered inside a transaction and told after its commit.

An estimate is counted when its run is over. When the truth comes to light, only what it differs
by is counted, so that the sum is that of the books.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from orchestrator_core.budgets import Spender
from orchestrator_core.claude_costs import shared_out
from orchestrator_core.model import CostEntry, ModelCost, Run, Standing
from orchestrator_core.ports import Metrics, Records


class _Counted(NamedTuple):
    model: str
    usd: Decimal
    estimated: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one transaction: made anew when that is tried again."""

    #: Who has spent.
    spenders: list[Spender] = field(default_factory=list)
    _counted: list[_Counted] = field(default_factory=list)

    def add(self, parts: Iterable[ModelCost], *, estimated: bool) -> None:
        self._counted.extend(_Counted(part.model, part.usd, estimated) for part in parts)

    def replace(self, before: Iterable[ModelCost], after: Iterable[ModelCost]) -> None:
        """What was counted before turned out to be something else."""
        self.add((replace(part, usd=-part.usd) for part in before), estimated=False)
        self.add(after, estimated=False)

    def tell(self, metrics: Metrics) -> None:
        for model, usd, estimated in self._counted:
            metrics.cost(usd, model=model, estimated=estimated)


async def parts_of(records: Records, run: Run, usd: Decimal) -> tuple[ModelCost, ...]:
    """What the books say the run is made up of, as parts of the sum."""
    return shared_out(usd, await records.costs.models_of(run.turn_id, run.number))


async def count_estimate(tally: Tally, records: Records, run: Run, usd: Decimal) -> None:
    """Of a run that was closed just now."""
    if usd:
        tally.add(await parts_of(records, run, usd), estimated=True)


async def settle(tally: Tally, records: Records, entry: CostEntry) -> Decimal | None:
    """As `Costs.settle`, and counted."""
    run = Run(session_id=entry.session_id, turn_id=entry.turn_id, number=entry.run)
    seen = await records.costs.models_of(entry.turn_id, entry.run)
    grown = await records.costs.settle(entry)
    if grown is not None:
        after = entry.by_model or await parts_of(records, run, entry.usd)
        # Of a run that was closed, an estimate was counted then.
        tally.replace(shared_out(entry.usd - grown, seen), after)
    return grown


async def rewrite(tally: Tally, records: Records, before: CostEntry, after: CostEntry) -> None:
    """As `Costs.rewrite`, with the models in their proportions, and counted."""
    run = Run(session_id=before.session_id, turn_id=before.turn_id, number=before.run)
    was = await parts_of(records, run, before.usd)
    if after.standing is Standing.TOLD:
        after = replace(after, by_model=shared_out(after.usd, was))
        # What nobody had closed was not counted yet.
        tally.replace(() if before.standing is Standing.SEEN else was, after.by_model)
    elif before.standing is Standing.SEEN:
        tally.add(was, estimated=True)
    await records.costs.rewrite(after)
