"""What is counted and measured."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol


class Metrics(Protocol):
    def sessions_active(self, count: int) -> None: ...

    def prompt_latency(self, milliseconds: float) -> None:
        """From accepting a prompt to its answer being ready to send."""
        ...

    def cost(self, usd: Decimal) -> None: ...

    def count(self, name: str, **labels: str) -> None:
        """One more of a thing worth counting."""
        ...

    def level(self, name: str, value: float, **labels: str) -> None:
        """How much there is of a thing now."""
        ...
