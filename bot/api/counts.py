"""Counts what callers ask for, by slowapi: in Redis, or in memory while Redis is away.

slowapi checks before an endpoint it decorates. What it decorates here are empty gates rather than
the endpoints: a gate runs in a thread, so that a slow Redis holds no other request up, it touches
no response, so that event streams pass unbuffered, and it never sees the request's state.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from limits import parse_many
from limits.errors import StorageError
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded
from starlette.requests import Request
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.limits import Allowance, Rates
from bot.api.problems import ProblemError

#: Seconds that a dead Redis may take, once: from then on slowapi counts in memory and looks
#: again after 1, 2, 4 … 32 seconds.
REDIS_PATIENCE = 0.25


class Counts:
    def __init__(self, rates: Rates, storage_uri: str) -> None:
        self._limiter = _limiter(storage_uri)
        self._gates = {
            Allowance.READS: self._gate(Allowance.READS, rates.reads),
            Allowance.WRITES: self._gate(Allowance.WRITES, rates.writes),
            Allowance.WRONG_TOKENS: self._gate(Allowance.WRONG_TOKENS, rates.wrong_tokens),
            Allowance.UNSIGNED: self._gate(Allowance.UNSIGNED, rates.unsigned),
        }

    def spend(self, allowance: Allowance, caller: str, cost: int) -> dict[str, str]:
        """Blocks while Redis is asked. Raises ProblemError; see `Allowances.spend`."""
        probe = _probe(caller, cost)
        try:
            self._gates[allowance](probe)
        except RateLimitExceeded:
            headers = self._headers(probe)
            raise ProblemError(
                kinds.TOO_MANY,
                "Too many requests.",
                headers={**headers, "Retry-After": headers["RateLimit-Reset"]},
            ) from None
        return self._headers(probe)

    def _headers(self, probe: Request) -> dict[str, str]:
        limit, names = probe.state.view_rate_limit
        try:
            window = self._limiter.limiter.get_window_stats(limit, *names)
            reset, left = math.ceil(window.reset_time - time.time()), window.remaining
        except StorageError:
            # Redis went away since the check; say what cannot be too little.
            reset, left = limit.get_expiry(), 0
        return {
            "RateLimit-Limit": str(limit.amount),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(max(reset, 1)),
        }

    def _gate(self, allowance: Allowance, rate: str) -> Callable[[Request], Response]:
        # slowapi only logs a rate it cannot read, and then lets everyone through.
        parse_many(rate)

        def gate(request: Request) -> Response:  # noqa: ARG001  slowapi looks it up by its name
            return Response()

        # slowapi keeps its limits by module and function name.
        gate.__name__ = f"gate_{allowance}"
        limited: Callable[[Request], Response] = self._limiter.shared_limit(
            rate, scope=allowance.value, key_func=_caller, cost=_cost
        )(gate)
        return limited


def _limiter(storage_uri: str) -> Limiter:
    options: dict[str, Any] = {"wrap_exceptions": True}
    if storage_uri.startswith("unix://"):
        storage_uri = f"redis+{storage_uri}"
    if not storage_uri.startswith("memory:"):
        options |= {"socket_timeout": REDIS_PATIENCE, "socket_connect_timeout": REDIS_PATIENCE}
    return Limiter(
        key_func=_caller,
        storage_uri=storage_uri,
        storage_options=options,
        in_memory_fallback_enabled=True,
        key_prefix="denrei",
    )


def _probe(caller: str, cost: int) -> Request:
    """A request of slowapi's own to write its notes on."""
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [],
            "state": {"caller": caller, "cost": cost},
        }
    )


def _caller(request: Request) -> str:
    caller: str = request.state.caller
    return caller


def _cost(request: Request) -> int:
    cost: int = request.state.cost
    return cost
