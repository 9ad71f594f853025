"""The ASGI app over the parts that are open already: every route, or only what tells how this
process does, where it serves no people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api.limits import Allowances
from bot.api.routes import api_routes, exception_handlers
from bot.charts import chart_routes
from bot.file_links import file_routes
from bot.health import health_routes
from bot.line.unsigned import UnsignedCalls
from bot.line.webhook import WEBHOOK_PATH, LineWebhook, line_routes
from bot.metrics import PrometheusMetrics, metrics_route
from bot.wiring import State


def create_app(
    state: State,
    *,
    serves_people: bool,
    metrics: PrometheusMetrics,
    admin_token: SecretStr | None,
    allowances: Allowances,
) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        yield state

    unsigned = UnsignedCalls(allowances)
    routes: list[BaseRoute] = [*health_routes(), metrics_route(metrics)]
    if serves_people:
        routes += line_routes(unsigned)
        routes += [*chart_routes(allowances), *file_routes(allowances)]
        routes += api_routes(admin_token=admin_token, allowances=allowances)
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=exception_handlers())
    return WebhookFirst(app, LineWebhook(unsigned)) if serves_people else app


class WebhookFirst:
    """Hands LINE's calls straight to their endpoint, everything else to the app.

    The app's own way there (two layers of error handling, the list of routes) costs as much as
    all the endpoint does, and the endpoint needs none of it.
    """

    def __init__(self, app: ASGIApp, webhook: LineWebhook) -> None:
        self._app = app
        self._webhook = webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == WEBHOOK_PATH and scope["method"] == "POST":
            await self._webhook(scope, receive, send)
        else:
            await self._app(scope, receive, send)
