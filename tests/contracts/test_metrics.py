"""What every Metrics promises: what is declared is counted, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

import pytest

from bot.metrics import COUNTERS, LEVELS, PrometheusMetrics
from orchestrator_core.ports import Metrics
from tests.fakes.metrics import RecordingMetrics


class Figures(Protocol):
    """Metrics, and what they show."""

    metrics: Metrics

    def active(self) -> float | None: ...

    def latencies(self) -> tuple[float | None, float | None]:
        """How many, and their sum."""
        ...

    def spent(self) -> float | None: ...

    def estimated(self) -> float | None: ...

    def times(self, name: str, labels: dict[str, str]) -> float | None: ...

    def level(self, name: str, labels: dict[str, str]) -> float | None: ...


class InMemory:
    def __init__(self) -> None:
        self.metrics = self._fake = RecordingMetrics()

    def active(self) -> float | None:
        return self._fake.active

    def latencies(self) -> tuple[float | None, float | None]:
        return len(self._fake.latencies), sum(self._fake.latencies)

    def spent(self) -> float | None:
        return float(self._fake.by_model["opus"])

    def estimated(self) -> float | None:
        return float(self._fake.estimated)

    def times(self, name: str, labels: dict[str, str]) -> float | None:
        return self._fake.times(name, **labels)

    def level(self, name: str, labels: dict[str, str]) -> float | None:
        return self._fake.levels[(name, *labels.values())]


class Prometheus:
    def __init__(self) -> None:
        self.metrics = PrometheusMetrics()
        self._value = self.metrics.registry.get_sample_value

    def active(self) -> float | None:
        return self._value("claude_session_active")

    def latencies(self) -> tuple[float | None, float | None]:
        name = "claude_prompt_latency_ms"
        return self._value(f"{name}_count"), self._value(f"{name}_sum")

    def spent(self) -> float | None:
        name, labels = "anthropic_cost_usd_total", {"model": "opus"}
        told = self._value(name, {**labels, "estimated": "false"}) or 0
        return told + (self.estimated() or 0)

    def estimated(self) -> float | None:
        labels = {"model": "opus", "estimated": "true"}
        return self._value("anthropic_cost_usd_total", labels)

    def times(self, name: str, labels: dict[str, str]) -> float | None:
        return self._value(f"denrei_{name}_total", labels)

    def level(self, name: str, labels: dict[str, str]) -> float | None:
        return self._value(f"denrei_{name}", labels)


@pytest.fixture(params=[InMemory, Prometheus], ids=["fake", "prometheus"])
def figures(request: pytest.FixtureRequest) -> Figures:
    made: Figures = request.param()
    return made


def test_the_last_number_of_active_sessions_is_shown(figures: Figures) -> None:
    figures.metrics.sessions_active(3)
    figures.metrics.sessions_active(1)

    assert figures.active() == 1


def test_every_latency_is_shown(figures: Figures) -> None:
    for milliseconds in (5.0, 1_200.5):
        figures.metrics.prompt_latency(milliseconds)

    assert figures.latencies() == (2, 1_205.5)


def test_costs_add_up_by_model(figures: Figures) -> None:
    for _ in range(4):
        figures.metrics.cost(Decimal("0.25"), model="opus")
    figures.metrics.cost(Decimal(9), model="haiku")

    assert figures.spent() == 1


def test_estimates_are_part_of_the_sum_and_can_be_told_apart(figures: Figures) -> None:
    figures.metrics.cost(Decimal("0.25"), model="opus")
    figures.metrics.cost(Decimal("0.5"), model="opus", estimated=True)

    assert (figures.spent(), figures.estimated()) == (0.75, 0.5)


def test_what_was_counted_too_much_is_taken_off_what_comes_next(figures: Figures) -> None:
    for usd in ("1", "-0.75", "0.5", "0.5"):
        figures.metrics.cost(Decimal(usd), model="opus")

    assert figures.spent() == 1.25


@pytest.mark.parametrize("name", COUNTERS)
def test_every_declared_counter_counts(figures: Figures, name: str) -> None:
    labels = dict.fromkeys(COUNTERS[name].labels, "x")
    figures.metrics.count(name, **labels)
    figures.metrics.count(name, **labels)

    assert figures.times(name, labels) == 2


@pytest.mark.parametrize("name", LEVELS)
def test_the_last_of_every_declared_level_is_shown(figures: Figures, name: str) -> None:
    labels = dict.fromkeys(LEVELS[name].labels, "x")
    figures.metrics.level(name, 3, **labels)
    figures.metrics.level(name, 2.5, **labels)

    assert figures.level(name, labels) == 2.5


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("unheard_of", {}),
        ("turns", {}),
        ("turns", {"state": "done", "agent": "claude"}),
        ("refused_people", {"who": "x"}),
    ],
)
def test_what_is_not_declared_is_refused(
    figures: Figures, name: str, labels: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=name):
        figures.metrics.count(name, **labels)
    with pytest.raises(ValueError, match=name):
        figures.metrics.level(name, 1, **labels)
