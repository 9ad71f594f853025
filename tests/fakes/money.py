"""The books in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from orchestrator_core.claude_costs import added_up
from orchestrator_core.model import (
    CostEntry,
    Counter,
    ModelCost,
    Raise,
    Raised,
    Run,
    SeenCall,
    Share,
    Spending,
    Spent,
    Standing,
    Tokens,
    TurnState,
    Waiting,
)
from tests.fakes.state import FakeTable, aware

_CLOSED = (Standing.ESTIMATED, Standing.FINAL)


class FakeCosts(FakeTable):
    async def add(self, entry: CostEntry) -> bool:
        return await self.settle(entry) is not None

    async def book(self, entry: CostEntry) -> None:
        await self.settle(entry)

    async def settle(self, entry: CostEntry) -> Decimal | None:
        aware(entry.created_at)
        before = self._find(entry.turn_id, entry.run)
        if before is None:
            self.state.costs.append(entry)
            return entry.usd
        if before.standing is Standing.TOLD:
            return None
        self._put(entry)
        return entry.usd - (before.usd if before.standing in _CLOSED else 0)

    async def open(self, run: Run, counter: Counter | None, at: datetime) -> None:
        aware(at)
        if self._find(run.turn_id, run.number) is None:
            entry = CostEntry(
                session_id=run.session_id,
                turn_id=run.turn_id,
                run=run.number,
                usd=Decimal(0),
                usage={},
                created_at=at,
                counter=counter,
                standing=Standing.SEEN,
            )
            self.state.costs.append(entry)

    async def see(self, run: Run, call: SeenCall) -> Decimal:
        await self.open(run, call.counter, call.at)
        entry = self._find(run.turn_id, run.number)
        if entry is None or entry.standing is Standing.TOLD:
            return Decimal(0)
        key = (run.turn_id, run.number, call.call_id)
        before = self.state.calls.get(key)
        grown = call.cost.usd - (before.cost.usd if before else 0)
        if grown < 0:
            return Decimal(0)
        self.state.calls[key] = call
        self._put(replace(entry, usd=entry.usd + grown))
        return grown if entry.standing in _CLOSED else Decimal(0)

    async def close(self, run: Run) -> Decimal:
        entry = self._find(run.turn_id, run.number)
        if entry is None or entry.standing is not Standing.SEEN:
            return Decimal(0)
        self._put(replace(entry, standing=Standing.ESTIMATED))
        return entry.usd

    async def recent(self, session_id: str, *, limit: int) -> list[CostEntry]:
        mine = [one for one in self.state.costs if one.session_id == session_id]
        # Models are read by share only.
        return [replace(one, by_model=()) for one in reversed(mine[-limit:])]

    async def models_of(self, turn_id: int, run: int) -> list[ModelCost]:
        entry = self._find(turn_id, run)
        parts = [part for _, part in self._parts(entry, Share.MODEL)] if entry else []
        return list(added_up(parts))

    async def rewrite(self, entry: CostEntry) -> None:
        before = self._find(entry.turn_id, entry.run)
        if before is not None:
            models = entry.by_model or before.by_model
            self._put(
                replace(
                    before,
                    usd=entry.usd,
                    standing=entry.standing,
                    counter=entry.counter,
                    by_model=models,
                )
            )

    async def rate_of(self, model: str) -> Spent | None:
        for entry in reversed(self.state.costs):
            for part in entry.by_model:
                if part.model == model and part.usd > 0:
                    return Spent(key=model, usd=part.usd, tokens=part.tokens)
        return None

    async def spent_since(self, start: datetime) -> Decimal:
        return await self.spent(Spending(start=start))

    async def spent(self, spending: Spending) -> Decimal:
        return (await self.sum(spending)).usd

    async def sum(self, spending: Spending) -> Spent:
        whole = Spent(key=None, usd=Decimal(0))
        for entry in self._meant(spending):
            whole = _with(whole, entry, ModelCost(model="", usd=entry.usd))
        return whole

    async def shares(self, spending: Spending, by: Share, *, limit: int) -> list[Spent]:
        sums: dict[str | None, Spent] = {}
        for entry in self._meant(spending):
            for key, part in self._parts(entry, by):
                known = sums.get(key, Spent(key=key, usd=Decimal(0)))
                sums[key] = _with(known, entry, part)
        return sorted(sums.values(), key=lambda one: (-one.usd, one.key or ""))[:limit]

    async def waiting(self) -> list[Waiting]:
        first: dict[str, Waiting] = {}
        for turn in self.state.turns.values():
            if turn.state is TurnState.QUEUED and turn.session_id not in first:
                first[turn.session_id] = Waiting(
                    session_id=turn.session_id,
                    agent=self.state.sessions[turn.session_id].agent,
                    person_id=turn.person_id,
                    turn_id=turn.id,
                )
        return list(first.values())

    async def first_alert(self, window: str, percent: int) -> bool:
        if (window, percent) in self.state.alerts:
            return False
        self.state.alerts.add((window, percent))
        return True

    def _find(self, turn_id: int, run: int) -> CostEntry | None:
        place = (turn_id, run)
        return next((one for one in self.state.costs if (one.turn_id, one.run) == place), None)

    def _put(self, entry: CostEntry) -> None:
        place = (entry.turn_id, entry.run)
        self.state.costs[:] = [
            entry if (one.turn_id, one.run) == place else one for one in self.state.costs
        ]

    def _meant(self, spending: Spending) -> Iterator[CostEntry]:
        for entry in self.state.costs:
            asked = {
                spending.session_id: entry.session_id,
                spending.agent: self._agent(entry),
                spending.person_id: self._person(entry),
                spending.turn_id: entry.turn_id,
            }
            in_time = spending.start <= entry.created_at and (
                spending.end is None or entry.created_at < spending.end
            )
            if in_time and all(key is None or key == value for key, value in asked.items()):
                yield entry

    def _parts(self, entry: CostEntry, by: Share) -> Iterator[tuple[str | None, ModelCost]]:
        if by is Share.MODEL:
            calls = [
                call.cost
                for key, call in self.state.calls.items()
                if key[:2] == (entry.turn_id, entry.run)
            ]
            for part in entry.by_model if entry.standing is Standing.TOLD else calls:
                yield part.model, part
            return
        keys = {
            Share.SESSION: entry.session_id,
            Share.AGENT: self._agent(entry),
            Share.PERSON: self._person(entry),
        }
        yield keys[by], ModelCost(model="", usd=entry.usd, tokens=Tokens())

    def _agent(self, entry: CostEntry) -> str | None:
        session = self.state.sessions.get(entry.session_id)
        return session.agent if session else None

    def _person(self, entry: CostEntry) -> str | None:
        turn = self.state.turns.get(entry.turn_id)
        return turn.person_id if turn else None


def _with(known: Spent, entry: CostEntry, part: ModelCost) -> Spent:
    return Spent(
        key=known.key,
        usd=known.usd + part.usd,
        estimated=known.estimated + (0 if entry.standing is Standing.TOLD else part.usd),
        tokens=known.tokens + part.tokens,
    )


class FakeRaises(FakeTable):
    async def add(self, granted: Raise) -> None:
        aware(granted.created_at, granted.until)
        self.state.raises.append(granted)

    async def of(self, window: str, now: datetime) -> Raised:
        mine = [one for one in self.state.raises if one.window == window]
        ends = [one.until for one in mine if one.usd is None and one.until and one.until > now]
        return Raised(
            usd=sum((one.usd for one in mine if one.usd is not None), Decimal(0)),
            lifted_until=max(ends, default=None),
            times=len(mine),
        )
