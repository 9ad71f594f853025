"""Keeps the books of a run while it is under way, so that a death forgets nothing.

Every call seen is booked at an estimate at once; what Claude tells at the turn's end takes its
place. Where it died first, its own counter, if it was saved, tells the truth when the next
process begins; where it was not, the estimate stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from orchestrator_core.agent_events import CallSeen, Counted, Finished
from orchestrator_core.claude_costs import shared_out
from orchestrator_core.cost_figures import Tally, count_estimate, rewrite, settle
from orchestrator_core.model import (
    CostEntry,
    Counter,
    ModelCost,
    Run,
    SeenCall,
    Standing,
    Tokens,
    Turn,
)
from orchestrator_core.ports import Records, Store
from orchestrator_core.prices import list_price, price_at_rate

#: Of a session's runs the last on each machine may not be settled.
_LOOKED_BACK = 50

ListPrice = Callable[[str, Tokens], Decimal | None]


class Correction(NamedTuple):
    """What a new process makes known of the runs before it."""

    #: Entries as they are from now on.
    changed: list[CostEntry]
    #: What the session costs more than its closed runs said.
    grown: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    store: Store
    list_price: ListPrice = list_price

    async def note(self, run: Run, event: Counted, now: datetime) -> Tally:
        """What it adds to the figures."""
        tally = Tally()
        if isinstance(event, CallSeen):
            # Loading the prices takes a while the first time: not in a transaction.
            listed = await asyncio.to_thread(self.list_price, event.model, event.tokens)
            async with self.store.transaction() as records:
                await _see(records, run, event, listed, now, tally)
        else:
            async with self.store.transaction() as records:
                await _begin(records, run, event.counter, now, tally)
        return tally


def run_of(turn: Turn) -> Run:
    return Run(session_id=turn.session_id, turn_id=turn.id, number=turn.runs)


def entry_of(turn: Turn, finished: Finished, now: datetime) -> CostEntry:
    """What a turn's last run cost, as it was told."""
    return CostEntry(
        session_id=turn.session_id,
        turn_id=turn.id,
        run=turn.runs,
        usd=finished.cost_usd,
        usage=finished.usage,
        created_at=now,
        by_model=finished.by_model,
        counter=finished.counter,
    )


async def book_run(
    records: Records, turn: Turn, finished: Finished | None, now: datetime, tally: Tally
) -> Decimal:
    """What the turn's last run cost: as it was told, or else as it was seen."""
    if finished is not None:
        await records.costs.book(entry_of(turn, finished, now))
        whole = shared_out(finished.cost_usd, ())
        tally.add(finished.by_model or whole, estimated=False)
        return finished.cost_usd
    seen = await records.costs.close(run_of(turn))
    await count_estimate(tally, records, run_of(turn), seen)
    return seen


async def book_late_run(
    records: Records, turn: Turn, finished: Finished | None, now: datetime, tally: Tally
) -> Decimal:
    """What the session costs more for a run whose turn others have settled, or will."""
    if finished is None:
        return await book_run(records, turn, None, now, tally)
    return await settle(tally, records, entry_of(turn, finished, now)) or Decimal(0)


async def _begin(
    records: Records, run: Run, counter: Counter, now: datetime, tally: Tally
) -> None:
    session = await records.sessions.lock(run.session_id)
    recent = await records.costs.recent(run.session_id, limit=_LOOKED_BACK)
    this = (run.turn_id, run.number)
    former = [entry for entry in recent if (entry.turn_id, entry.run) != this]
    correction = corrected(former, counter)
    known = {(entry.turn_id, entry.run): entry for entry in former}
    for entry in correction.changed:
        await rewrite(tally, records, known[entry.turn_id, entry.run], entry)
    await records.costs.open(run, counter, now)
    if correction.grown:
        cost = session.cost_usd + correction.grown
        await records.sessions.save(replace(session, cost_usd=cost))


async def _see(
    records: Records,
    run: Run,
    call: CallSeen,
    listed: Decimal | None,
    now: datetime,
    tally: Tally,
) -> None:
    usd = await _at_own_rate(records, call) if listed is None else listed
    cost = ModelCost(model=call.model, usd=usd, tokens=call.tokens)
    seen = SeenCall(call_id=call.call_id, cost=cost, at=now, counter=call.counter)
    # In the order in which every transaction locks.
    session = await records.sessions.lock(run.session_id)
    grown = await records.costs.see(run, seen)
    if grown:
        tally.add([replace(cost, usd=grown)], estimated=True)
        await records.sessions.save(replace(session, cost_usd=session.cost_usd + grown))


async def _at_own_rate(records: Records, call: CallSeen) -> Decimal:
    """As the model cost before; one nobody knows anything of costs nothing until it is told."""
    rate = await records.costs.rate_of(call.model)
    return (rate and price_at_rate(call.tokens, rate)) or Decimal(0)


def corrected(former: Sequence[CostEntry], counter: Counter) -> Correction:
    """`former`: the session's entries, newest first. `counter`: where the new process begins."""
    last = last_counted(former, counter)
    restored = _since(last, counter)
    changed, grown = [], Decimal(0)
    for entry in former:
        if entry.standing is Standing.SEEN:
            # Nobody closed it.
            grown += entry.usd
        if entry is last and restored:
            changed.append(_told(entry, restored, counter))
            grown += changed[-1].usd - entry.usd
        elif entry.standing in (Standing.SEEN, Standing.ESTIMATED):
            changed.append(replace(entry, standing=Standing.FINAL))
    return Correction(changed, grown)


def last_counted(former: Sequence[CostEntry], counter: Counter) -> CostEntry | None:
    """The last entry that the same counter has counted. Each machine has its own: what another
    one spent in between is not in it."""
    return next((one for one in former if one.counter and one.counter.home == counter.home), None)


def _since(last: CostEntry | None, counter: Counter) -> Decimal:
    """What was counted after the entry and told nobody. 0 where the counter was saved before."""
    if last is None or last.counter is None:
        return Decimal(0)
    return max(counter.usd - last.counter.usd, Decimal(0))


def _told(entry: CostEntry, restored: Decimal, counter: Counter) -> CostEntry:
    """An estimate gives way to what was counted; a run that was told has cost that much more."""
    usd = entry.usd + restored if entry.standing is Standing.TOLD else restored
    return replace(entry, usd=usd, standing=Standing.TOLD, counter=counter)
