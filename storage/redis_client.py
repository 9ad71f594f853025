"""How Redis is spoken to: briefly, and without ado when it is away."""

from __future__ import annotations

import logging

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

logger = logging.getLogger(__name__)

#: Everything of Denrei's in a shared Redis begins so.
PREFIX = "denrei:"


def connect(redis_url: str) -> Redis:
    """`redis://…`, `rediss://…` or `unix://…`. Connects with the first command."""
    return Redis.from_url(
        redis_url,
        # Nothing here is worth a pause: what Redis does not take, a sweep finds.
        retry=Retry(NoBackoff(), 1),
        socket_connect_timeout=1.0,
        socket_timeout=2.0,
        health_check_interval=15,
    )


class Outage:
    """Says once that Redis is away, and once that it is back."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._missed = 0

    @property
    def missed(self) -> int:
        """How many calls failed since it last worked."""
        return self._missed

    def failed(self, error: Exception) -> None:
        if self._missed == 0:
            facts = {"part": self._what, "error": type(error).__name__}
            logger.warning("redis away", extra=facts)
        self._missed += 1

    def worked(self) -> None:
        if self._missed:
            logger.info("redis back", extra={"part": self._what, "missed": self._missed})
        self._missed = 0
