"""The figures for Prometheus. What may be counted is declared here, name by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

#: Milliseconds: from a cached answer to half an hour of work.
LATENCY_BUCKETS = (
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    help: str
    labels: tuple[str, ...] = ()


#: By the name given to `count`; Prometheus sees `denrei_<name>_total`.
COUNTERS: Mapping[str, Counted] = {
    "webhook_requests": Counted("Calls of the webhook.", ("outcome",)),
    "inbox_events": Counted("Webhook events, by what became of them.", ("state",)),
    "turns": Counted("Turns that came to an end.", ("state",)),
    "approvals": Counted("Tool calls that were asked about.", ("state",)),
    "deliveries": Counted("Calls to LINE with messages.", ("outcome", "method")),
    "api_retries": Counted("Calls of the model's API that were tried again.", ("status",)),
    "refused_people": Counted("People who may not command Denrei and tried."),
}


def check_counter(name: str, labels: Mapping[str, str]) -> None:
    """Raises ValueError for a name or labels that are not declared."""
    declared = COUNTERS.get(name)
    if declared is None:
        raise ValueError(f"no counter is declared as {name!r}")
    if set(labels) != set(declared.labels):
        raise ValueError(f"{name!r} has the labels {declared.labels}, not {tuple(labels)}")


class PrometheusMetrics:
    """The port Metrics. Each instance has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._active = Gauge(
            "claude_session_active", "Sessions with a turn under way.", registry=self.registry
        )
        self._latency = Histogram(
            "claude_prompt_latency_ms",
            "From accepting a prompt to its answer being ready, in milliseconds.",
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self._cost = Counter(
            "anthropic_cost_usd", "What Claude cost, in US dollars.", registry=self.registry
        )
        self._counters = {
            name: Counter(f"denrei_{name}", declared.help, declared.labels, registry=self.registry)
            for name, declared in COUNTERS.items()
        }

    def sessions_active(self, count: int) -> None:
        self._active.set(count)

    def prompt_latency(self, milliseconds: float) -> None:
        self._latency.observe(milliseconds)

    def cost(self, usd: Decimal) -> None:
        # A float is fine for a graph; the books are in the database.
        self._cost.inc(float(usd))

    def count(self, name: str, **labels: str) -> None:
        check_counter(name, labels)
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc()


def metrics_route(metrics: PrometheusMetrics) -> Route:
    """`GET /metrics`, in the format the scraper asks for."""

    async def expose(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": media_type})

    return Route("/metrics", expose)
