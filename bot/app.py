"""The ASGI app: every route over the parts that are open already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from starlette.applications import Starlette

from bot.api.limits import Allowances
from bot.api.routes import api_routes, exception_handlers
from bot.health import health_routes
from bot.line.webhook import line_routes
from bot.metrics import PrometheusMetrics, metrics_route
from bot.wiring import State


def create_app(
    state: State,
    *,
    metrics: PrometheusMetrics,
    admin_token: SecretStr | None,
    allowances: Allowances,
) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        yield state

    routes = [
        *line_routes(),
        *health_routes(),
        metrics_route(metrics),
        *api_routes(admin_token=admin_token, allowances=allowances),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=exception_handlers())
