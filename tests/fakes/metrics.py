"""Metrics that remember what they were told, as strict about names as the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot.metrics import COUNTERS, LEVELS, check_declared
from orchestrator_core.claude_costs import UNKNOWN_MODEL


@dataclass(slots=True)
class RecordingMetrics:
    #: The last figure given, None before the first.
    active: int | None = None
    latencies: list[float] = field(default_factory=list)
    spent: Decimal = Decimal(0)
    by_model: dict[str, Decimal] = field(default_factory=dict)
    #: How much of it was counted as an estimate.
    estimated: Decimal = Decimal(0)
    #: Name and labels of everything counted, in order.
    counted: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    #: The last level given by name and the labels' values.
    levels: dict[tuple[str, ...], float] = field(default_factory=dict)

    def sessions_active(self, count: int) -> None:
        self.active = count

    def prompt_latency(self, milliseconds: float) -> None:
        self.latencies.append(milliseconds)

    def cost(self, usd: Decimal, *, model: str = UNKNOWN_MODEL, estimated: bool = False) -> None:
        self.spent += usd
        if estimated:
            self.estimated += usd
        self.by_model[model] = self.by_model.get(model, Decimal(0)) + usd

    def count(self, name: str, **labels: str) -> None:
        check_declared(COUNTERS, name, labels)
        self.counted.append((name, labels))

    def level(self, name: str, value: float, **labels: str) -> None:
        check_declared(LEVELS, name, labels)
        self.levels[(name, *labels.values())] = value

    def times(self, name: str, **labels: str) -> int:
        return self.counted.count((name, labels))
