"""The books: what was spent, what was told of it, and what was granted on top."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

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
    Waiting,
)


class Costs(Protocol):
    async def add(self, entry: CostEntry) -> bool:
        """False, and nothing is added, when this run of the turn was told of before."""
        ...

    async def book(self, entry: CostEntry) -> None:
        """`add`, for those who need not know whether it was booked before."""
        ...

    async def settle(self, entry: CostEntry) -> Decimal | None:
        """What Claude told of a run, in place of what was seen of it. Gives what the session
        costs more than its closed runs said; None, and nothing is changed, when it was told
        before."""
        ...

    async def open(self, run: Run, counter: Counter, at: datetime) -> None:
        """An entry of nothing for a run under way, if it has none."""
        ...

    async def see(self, run: Run, call: SeenCall) -> Decimal:
        """Add a call to its run; told of again, it only grows, and what Claude told of the whole
        run stays. Gives what a run that was closed already costs more."""
        ...

    async def close(self, run: Run) -> Decimal:
        """The run ended before it was told of: its estimate, 0 when nothing was seen or all was
        told."""
        ...

    async def recent(self, session_id: str, *, limit: int) -> list[CostEntry]:
        """The session's last entries, by when their runs were first seen; newest first."""
        ...

    async def models_of(self, turn_id: int, run: int) -> list[ModelCost]:
        """What one entry is made up of; nothing where models were not told."""
        ...

    async def rewrite(self, entry: CostEntry) -> None:
        """Sum, counter, standing and, where given, models of an entry that is there."""
        ...

    async def rate_of(self, model: str) -> Spent | None:
        """What the model last cost when Claude told it; None: never told."""
        ...

    async def spent_since(self, start: datetime) -> Decimal: ...

    async def spent(self, spending: Spending) -> Decimal: ...

    async def sum(self, spending: Spending) -> Spent:
        """As `spent`, and how much of it is estimated."""
        ...

    async def shares(self, spending: Spending, by: Share, *, limit: int) -> list[Spent]:
        """The largest first. Tokens are counted by model only."""
        ...

    async def waiting(self) -> list[Waiting]:
        """For every session with queued turns: the first of them."""
        ...

    async def first_alert(self, window: str, percent: int) -> bool:
        """Remember that the alert of this budget window was given. False if it already was."""
        ...


class Raises(Protocol):
    async def add(self, granted: Raise) -> None: ...

    async def of(self, window: str, now: datetime) -> Raised:
        """All that was granted for the window, as it counts at this moment."""
        ...
