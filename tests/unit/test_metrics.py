"""The figures, and the route that shows them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.metrics import COUNTERS, PrometheusMetrics, metrics_route
from orchestrator_core.ports import Metrics
from tests.fakes.metrics import RecordingMetrics


def value(metrics: PrometheusMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_the_promised_figures_have_the_promised_names() -> None:
    metrics = PrometheusMetrics()
    metrics.sessions_active(3)
    metrics.prompt_latency(1_200.0)
    metrics.cost(Decimal("0.25"))

    assert value(metrics, "claude_session_active") == 3
    assert value(metrics, "claude_prompt_latency_ms_count") == 1
    assert value(metrics, "claude_prompt_latency_ms_bucket", le="1000.0") == 0
    assert value(metrics, "claude_prompt_latency_ms_bucket", le="2500.0") == 1
    assert value(metrics, "anthropic_cost_usd_total") == 0.25


def test_costs_add_up() -> None:
    metrics = PrometheusMetrics()
    for _ in range(4):
        metrics.cost(Decimal("0.25"))

    assert value(metrics, "anthropic_cost_usd_total") == 1


@pytest.mark.parametrize("name", COUNTERS)
def test_every_declared_counter_counts(name: str) -> None:
    metrics = PrometheusMetrics()
    labels = dict.fromkeys(COUNTERS[name].labels, "x")
    metrics.count(name, **labels)
    metrics.count(name, **labels)

    assert value(metrics, f"denrei_{name}_total", **labels) == 2


@pytest.mark.parametrize("make", [PrometheusMetrics, RecordingMetrics])
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
    make: Callable[[], Metrics], name: str, labels: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=name):
        make().count(name, **labels)


def test_two_of_them_do_not_share_figures() -> None:
    first, second = PrometheusMetrics(), PrometheusMetrics()
    first.count("refused_people")

    assert value(second, "denrei_refused_people_total") == 0


def test_scrapers_get_the_format_they_ask_for() -> None:
    metrics = PrometheusMetrics()
    metrics.count("turns", state="done")
    with TestClient(Starlette(routes=[metrics_route(metrics)])) as client:
        plain = client.get("/metrics", headers={"Accept": "text/plain"})
        openmetrics = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert plain.headers["content-type"].startswith("text/plain; version=")
    assert 'denrei_turns_total{state="done"} 1.0' in plain.text
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert openmetrics.text.endswith("# EOF\n")


def test_the_fake_remembers_what_it_was_told() -> None:
    metrics = RecordingMetrics()
    metrics.sessions_active(2)
    metrics.prompt_latency(5.0)
    metrics.cost(Decimal(1))
    metrics.count("turns", state="done")

    assert (metrics.active, metrics.latencies, metrics.spent) == (2, [5.0], Decimal(1))
    assert (metrics.times("turns", state="done"), metrics.times("turns", state="failed")) == (1, 0)
