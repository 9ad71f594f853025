"""What is counted and measured."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from orchestrator_core.claude_costs import UNKNOWN_MODEL


class Metrics(Protocol):
    def sessions_active(self, count: int) -> None: ...

    def prompt_latency(self, milliseconds: float) -> None:
        """From accepting a prompt to its answer being ready to send."""
        ...

    def cost(self, usd: Decimal, *, model: str = UNKNOWN_MODEL, estimated: bool = False) -> None:
        """Negative: so much was counted too much before, and is taken off what comes next."""
        ...

    def count(self, name: str, **labels: str) -> None:
        """One more of a thing worth counting."""
        ...

    def level(self, name: str, value: float, **labels: str) -> None:
        """How much there is of a thing now."""
        ...
