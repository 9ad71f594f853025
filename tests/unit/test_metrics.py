"""The figures, and the route that shows them."""

from __future__ import annotations

import math
from decimal import Decimal

from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.metrics import PrometheusMetrics, metrics_route


def value(metrics: PrometheusMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_the_promised_figures_have_the_promised_names() -> None:
    metrics = PrometheusMetrics()
    metrics.sessions_active(3)
    metrics.prompt_latency(1_200.0)
    metrics.cost(Decimal("0.25"), model="opus")

    assert value(metrics, "claude_session_active") == 3
    assert value(metrics, "claude_prompt_latency_ms_count") == 1
    assert value(metrics, "claude_prompt_latency_ms_bucket", le="1000.0") == 0
    assert value(metrics, "claude_prompt_latency_ms_bucket", le="2500.0") == 1
    assert value(metrics, "anthropic_cost_usd_total", model="opus", estimated="false") == 0.25


def test_what_nobody_has_counted_yet_is_not_shown_as_none() -> None:
    metrics = PrometheusMetrics()
    before = value(metrics, "denrei_dead_letters")
    metrics.level("dead_letters", 0)

    assert before is not None and math.isnan(before)
    assert value(metrics, "denrei_dead_letters") == 0
    assert value(metrics, "denrei_free_disk_bytes", folder="data") is None


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
