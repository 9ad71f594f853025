"""The books: what was seen and told of each run, and which alerts of a budget were given.

An entry is one run's; its parts are the calls that were seen of it and, once Claude has told, its
models, which alone count from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.claude_costs import added_up
from orchestrator_core.model import (
    CostEntry,
    Counter,
    ModelCost,
    Run,
    SeenCall,
    Share,
    Spending,
    Spent,
    Standing,
    Tokens,
    Waiting,
)
from storage import columns
from storage import cost_statements as says
from storage import models as rows
from storage.cost_sums import shares, whole
from storage.late_writes import Write
from storage.sql import fetch, find, is_postgres, write

_CLOSED = (Standing.ESTIMATED, Standing.FINAL)
#: Nothing else was booked once, and it was not noted.
_TOLD = (Standing.TOLD, None)


@dataclass(frozen=True, slots=True)
class SqlCosts:
    db: BaseDBAsyncClient

    async def add(self, entry: CostEntry) -> bool:
        return await self.settle(entry) is not None

    async def settle(self, entry: CostEntry) -> Decimal | None:
        before = await self._entry(entry.turn_id, entry.run)
        if before and before["standing"] in _TOLD:
            return None
        if not await fetch(self.db, says.BOOK, *_columns(entry)):
            # Somebody else was quicker; PostgreSQL has waited for them.
            return None
        await self._put_models(entry, says.TELL_PART)
        counted = before is not None and before["standing"] in _CLOSED
        return entry.usd - (columns.usd(before["usd_billionths"]) if before and counted else 0)

    async def book(self, entry: CostEntry) -> None:
        await write(self.db, says.BOOK_LATE, *_columns(entry))
        await self._put_models(entry, says.TELL_PART)

    async def open(self, run: Run, counter: Counter, at: datetime) -> None:
        await write(self.db, says.OPEN, *_columns(_seen_nothing(run, counter, at)))

    async def see(self, run: Run, call: SeenCall) -> Decimal:
        await self._open_for(run, call)
        entry = await self._entry(run.turn_id, run.number)
        if entry is None or entry["standing"] in _TOLD:
            return Decimal(0)
        (seen,) = await fetch(self.db, says.CALL, run.turn_id, run.number, call.call_id)
        grown = columns.billionths(call.cost.usd) - int(seen["total"] or 0)
        if grown < 0 or (grown == 0 and seen["total"] is not None):
            return Decimal(0)
        await write(self.db, says.PUT_PART, *_part(run, call.call_id, call.cost, call.at))
        await write(self.db, says.GROW, grown, run.turn_id, run.number)
        return columns.usd(grown) if entry["standing"] in _CLOSED else Decimal(0)

    async def close(self, run: Run) -> Decimal:
        closed = await fetch(self.db, says.CLOSE, run.turn_id, run.number)
        return columns.usd(closed[0]["usd_billionths"]) if closed else Decimal(0)

    async def recent(self, session_id: str, *, limit: int) -> list[CostEntry]:
        rest = "WHERE session_id = $1 ORDER BY id DESC LIMIT $2"
        found = await find(self.db, rows.CostEntry, rest, session_id, limit)
        return [_entry_of(row) for row in found]

    async def models_of(self, turn_id: int, run: int) -> list[ModelCost]:
        found = await find(self.db, rows.CostPart, says.MODELS_OF, turn_id, run)
        return list(added_up(_model_cost_of(row) for row in found))

    async def rewrite(self, entry: CostEntry) -> None:
        counter = _counter_columns(entry.counter)
        usd = columns.billionths(entry.usd)
        place = (entry.turn_id, entry.run)
        await write(self.db, says.REWRITE, usd, entry.standing.value, *counter, *place)
        await self._put_models(entry, says.PUT_PART)

    async def rate_of(self, model: str) -> Spent | None:
        found = await find(self.db, rows.CostPart, says.RATE, model)
        if not found:
            return None
        row = found[0]
        return Spent(key=model, usd=columns.usd(row.usd_billionths), tokens=_tokens_of(row))

    async def spent_since(self, start: datetime) -> Decimal:
        return await self.spent(Spending(start=start))

    async def spent(self, spending: Spending) -> Decimal:
        return (await self.sum(spending)).usd

    async def sum(self, spending: Spending) -> Spent:
        return await whole(self.db, spending)

    async def shares(self, spending: Spending, by: Share, *, limit: int) -> list[Spent]:
        return await shares(self.db, spending, by, limit)

    async def waiting(self) -> list[Waiting]:
        return [Waiting(**row) for row in await fetch(self.db, says.WAITING)]

    async def first_alert(self, window: str, percent: int) -> bool:
        return bool(await fetch(self.db, says.ALERT, window, percent))

    async def _entry(self, turn_id: int, run: int) -> dict[str, Any] | None:
        locking = " FOR UPDATE" if is_postgres(self.db) else ""
        found = await fetch(self.db, says.ENTRY + locking, turn_id, run)
        return found[0] if found else None

    async def _open_for(self, run: Run, call: SeenCall) -> None:
        entry = _seen_nothing(run, call.counter, call.at)
        await write(self.db, says.OPEN, *_columns(entry))

    async def _put_models(self, entry: CostEntry, how: Write) -> None:
        run = Run(session_id=entry.session_id, turn_id=entry.turn_id, number=entry.run)
        for one in entry.by_model:
            await write(self.db, how, *_part(run, "", one, entry.created_at))


def _seen_nothing(run: Run, counter: Counter | None, at: datetime) -> CostEntry:
    return CostEntry(
        session_id=run.session_id,
        turn_id=run.turn_id,
        run=run.number,
        usd=Decimal(0),
        usage={},
        created_at=at,
        counter=counter,
        standing=Standing.SEEN,
    )


def _columns(entry: CostEntry) -> tuple[object, ...]:
    usd, usage = columns.billionths(entry.usd), columns.json_text(entry.usage)
    place = (entry.session_id, entry.turn_id, entry.run)
    return (
        *place,
        usd,
        usage,
        entry.created_at,
        entry.standing.value,
        *_counter_columns(entry.counter),
    )


def _counter_columns(counter: Counter | None) -> tuple[int | None, str | None]:
    return (columns.billionths(counter.usd), counter.home) if counter else (None, None)


def _part(run: Run, call_id: str, cost: ModelCost, at: datetime) -> tuple[object, ...]:
    tokens = cost.tokens
    return (
        *(run.session_id, run.turn_id, run.number),
        *(columns.text(call_id), columns.text(cost.model), columns.billionths(cost.usd)),
        *(tokens.input, tokens.output, tokens.cache_read, tokens.cache_write),
        at,
    )


def _tokens_of(row: rows.CostPart) -> Tokens:
    return Tokens(
        input=row.input_tokens,
        output=row.output_tokens,
        cache_read=row.cache_read_tokens,
        cache_write=row.cache_write_tokens,
    )


def _model_cost_of(row: rows.CostPart) -> ModelCost:
    usd = columns.usd(row.usd_billionths)
    return ModelCost(model=row.model, usd=usd, tokens=_tokens_of(row))


def _entry_of(row: rows.CostEntry) -> CostEntry:
    home, total = row.counter_home, row.counter_billionths
    known = home is not None and total is not None
    return CostEntry(
        session_id=row.session_id,
        turn_id=row.turn_id,
        run=row.run,
        usd=columns.usd(row.usd_billionths),
        usage=columns.from_json(row.usage),
        created_at=row.created_at,
        counter=Counter(usd=columns.usd(total or 0), home=home or "") if known else None,
        standing=Standing(row.standing or Standing.TOLD),
    )
