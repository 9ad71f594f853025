"""The ASGI app: every route, and the lifespan that opens what they need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from bot.api.limits import Allowances
from bot.api.routes import api_routes, exception_handlers
from bot.health import health_routes
from bot.line.webhook import line_routes
from bot.metrics import PrometheusMetrics, metrics_route
from bot.settings import Loaded
from bot.wiring import State, open_parts


def create_app(loaded: Loaded, *, redis_url: str, stopping: asyncio.Event) -> Starlette:
    """`stopping` is set when the server begins to shut down: event streams end then."""
    metrics = PrometheusMetrics()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        async with open_parts(
            loaded, redis_url=redis_url, metrics=metrics, stopping=stopping
        ) as state:
            yield state

    routes = [
        *line_routes(),
        *health_routes(),
        metrics_route(metrics),
        *api_routes(
            admin_token=loaded.settings.denrei_admin_token,
            allowances=Allowances(storage_uri=redis_url),
        ),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=exception_handlers())
