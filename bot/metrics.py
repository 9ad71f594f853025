"""The figures for Prometheus. What may be counted is declared here, name by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orchestrator_core.claude_costs import UNKNOWN_MODEL

#: Milliseconds: from a cached answer to half an hour of work.
LATENCY_BUCKETS = (
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    help: str
    labels: tuple[str, ...] = ()


#: By the name given to `count`; Prometheus sees `denrei_<name>_total`.
COUNTERS: Mapping[str, Declared] = {
    "webhook_requests": Declared("Calls of the webhook.", ("outcome",)),
    "inbox_events": Declared("Webhook events, by what became of them.", ("state",)),
    "uploads": Declared("Tries to fetch what people sent, by what became of them.", ("state",)),
    "turns": Declared("Turns that came to an end.", ("state",)),
    "approvals": Declared("Tool calls that were asked about.", ("state",)),
    "deliveries": Declared("Calls to LINE with messages.", ("outcome", "method")),
    "api_retries": Declared("Calls of the model's API that were tried again.", ("status",)),
    "metering_failures": Declared("Runs whose costs could not be counted while under way."),
    "limited": Declared("Prompts and commands refused as too many.", ("kind",)),
    "refused_people": Declared("People who may not command Denrei and tried."),
    "jobs": Declared("Jobs done by one process for all.", ("job", "outcome")),
    "schedules": Declared("Schedules that came due, by what became of them.", ("outcome",)),
}

#: By the name given to `level`; Prometheus sees `denrei_<name>`, NaN or nothing until it is given.
LEVELS: Mapping[str, Declared] = {
    "line_quota_limit": Declared("Messages LINE takes this month; +Inf without a limit."),
    "line_quota_used": Declared("Messages sent this month that count against LINE's quota."),
    "line_quota_left": Declared("Pushes LINE still takes this month; +Inf without a limit."),
    "deliveries_kept": Declared("Deliveries that wait to be fetched or for quota.", ("state",)),
    "free_disk_bytes": Declared("Free space where the folder is.", ("folder",)),
    "cli_found": Declared("1 when Claude Code is there, 0 when not."),
    "redis_up": Declared("1 while Redis carries wake-ups; at 0 all is found by looking again."),
    "rate_limits_shared": Declared(
        "1 while all processes count rate limits together in Redis, 0 while each counts alone."
    ),
    "dead_letters": Declared("Deliveries given up and kept."),
}


def check_declared(declared: Mapping[str, Declared], name: str, labels: Mapping[str, str]) -> None:
    """Raises ValueError for a name or labels that are not declared."""
    if name not in declared:
        raise ValueError(f"no figure is declared as {name!r}")
    if set(labels) != set(declared[name].labels):
        raise ValueError(f"{name!r} has the labels {declared[name].labels}, not {tuple(labels)}")


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
            "anthropic_cost_usd",
            "What Claude cost, in US dollars; estimated where it died before it told.",
            ("model", "estimated"),
            registry=self.registry,
        )
        #: What was counted too much, by model: a counter must not fall.
        self._overdone: dict[str, Decimal] = {}
        self._counters = {
            name: Counter(f"denrei_{name}", declared.help, declared.labels, registry=self.registry)
            for name, declared in COUNTERS.items()
        }
        self._levels = {name: self._level(name, declared) for name, declared in LEVELS.items()}

    def sessions_active(self, count: int) -> None:
        self._active.set(count)

    def prompt_latency(self, milliseconds: float) -> None:
        self._latency.observe(milliseconds)

    def cost(self, usd: Decimal, *, model: str = UNKNOWN_MODEL, estimated: bool = False) -> None:
        grown = usd - self._overdone.pop(model, Decimal(0))
        if grown < 0:
            self._overdone[model] = -grown
            return
        # A float is fine for a graph; the books are in the database.
        self._cost.labels(model, str(estimated).lower()).inc(float(grown))

    def count(self, name: str, **labels: str) -> None:
        check_declared(COUNTERS, name, labels)
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc()

    def level(self, name: str, value: float, **labels: str) -> None:
        check_declared(LEVELS, name, labels)
        level = self._levels[name]
        (level.labels(**labels) if labels else level).set(value)

    def _level(self, name: str, declared: Declared) -> Gauge:
        level = Gauge(f"denrei_{name}", declared.help, declared.labels, registry=self.registry)
        if not declared.labels:
            # A nought nobody has counted would raise alarms.
            level.set(math.nan)
        return level


def metrics_route(metrics: PrometheusMetrics) -> Route:
    """`GET /metrics`, in the format the scraper asks for."""

    async def expose(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": media_type})

    return Route("/metrics", expose)
