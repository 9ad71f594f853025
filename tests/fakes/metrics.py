"""Metrics that remember what they were told, as strict about names as the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot.metrics import check_counter


@dataclass(slots=True)
class RecordingMetrics:
    #: The last figure given, None before the first.
    active: int | None = None
    latencies: list[float] = field(default_factory=list)
    spent: Decimal = Decimal(0)
    #: Name and labels of everything counted, in order.
    counted: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def sessions_active(self, count: int) -> None:
        self.active = count

    def prompt_latency(self, milliseconds: float) -> None:
        self.latencies.append(milliseconds)

    def cost(self, usd: Decimal) -> None:
        self.spent += usd

    def count(self, name: str, **labels: str) -> None:
        check_counter(name, labels)
        self.counted.append((name, labels))

    def times(self, name: str, **labels: str) -> int:
        return self.counted.count((name, labels))
